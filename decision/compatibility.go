package decision

// Compatibility is what the record says of versions that fit each other. It states claims;
// whether they are true is judged against product data.
type Compatibility struct {
	Place `json:"-"`

	Mesh         Version    `json:"mesh"`         // the version that the claims speak of
	Distribution string     `json:"distribution"` // empty: that of the selection
	Kubernetes   RangeClaim `json:"kubernetes"`
	Kernel       RangeClaim `json:"kernel"`
	Checked      Date       `json:"checked"` // when the claims were last compared with their sources
	Note         string     `json:"note"`
}

// RangeClaim is a range of versions with its source.
type RangeClaim struct {
	Place `json:"-"`

	Range  Range  `json:"range"`
	Source string `json:"source"` // where it was read: a page, a table
}

// Upgrade is an entry of the upgrade history.
type Upgrade struct {
	Place `json:"-"`

	From Version `json:"from"` // empty for the first installation
	To   Version `json:"to"`
	Date Date    `json:"date"`
	// Kubernetes is the cluster's version at that time.
	Kubernetes Version    `json:"kubernetes"`
	Steps      []string   `json:"steps"`      // what was done, in words
	Migrations []string   `json:"migrations"` // of custom resources, such as "AuthorizationPolicy v1beta1 to v1"
	Note       string     `json:"note"`
	Evidence   []Evidence `json:"evidence"`
}
