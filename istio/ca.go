package istio

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// The flags of istiod that choose who signs (pilot/pkg/bootstrap/istio_ca.go, server.go maybeCreateCA).
const (
	envCAServer       = "ENABLE_CA_SERVER"
	envExternalCA     = "EXTERNAL_CA"
	envSigner         = "K8S_SIGNER"
	envSignerDomain   = "CERT_SIGNER_DOMAIN"
	envCADirectory    = "ROOT_CA_DIR"
	envGeneratedCA    = "USE_CACERTS_FOR_SELF_SIGNED_CA"
	envRootMap        = "PILOT_CA_CERT_CONFIGMAP"
	envTrustBundles   = "ENABLE_CLUSTER_TRUST_BUNDLE_API"
	envLongestCert    = "MAX_WORKLOAD_CERT_TTL"
	envProxyCertTTL   = "SECRET_TTL"
	signsByKubernetes = "ISTIOD_RA_KUBERNETES_API"
)

// authorities reads what there is of each revision's authority. What running pods show of it comes in
// when it is asked for: which pods run is not settled before.
func (c *compiler) authorities(l *Layer) map[string]*authority {
	all := map[string]*authority{}
	secrets := c.caSecrets()
	csr := c.istioCSR()
	for _, r := range l.revisions {
		a := &authority{c: c, rev: r, csr: csr, secrets: secrets}
		a.rootMaps()
		a.meshCertificates()
		a.ownAuthority()
		a.c = nil
		all[r.name] = a
	}
	return all
}

// authority is what the input says of one revision's authority.
type authority struct {
	c       *compiler // only while it is made
	rev     *revision
	csr     *mesh.Workload // that runs istio-csr; nil for none
	secrets map[string]*caSecret
	roots   certificates // that istiod gives out, and that the mesh's configuration names
	gaps    []mesh.Gap
	own     ownAuthority
}

// ownAuthority is what istiod would sign with, were it asked.
type ownAuthority struct {
	ca             mesh.CA
	roots, issuers certificates
}

// answer says who signs, for proxies that ask at these addresses. Proxies that have another address
// than istiod's go there, whatever istiod would do.
func (a *authority) answer(asked []askedCA) mesh.CA {
	ca, roots := mesh.CA{}, a.roots
	switch {
	case a.elsewhere(&ca, asked), a.kubernetes(&ca):
	case a.rev.flagOff(envCAServer):
		a.external(&ca, "", a.envStep(envCAServer, "istiod runs without an authority of its own"))
	default:
		ca = a.own.ca
		roots = a.roots.with(a.own.roots)
		ca.Issuers = a.own.issuers.Sorted()
		ca.Chained = a.own.issuers.chained(roots)
		ca.Unknown = slices.Concat(ca.Unknown, a.own.issuers.Gaps)
		ca.Why = slices.Clone(ca.Why)
		a.lifetime(&ca)
	}
	ca.Roots = roots.Sorted()
	ca.Unknown = gap.Once(slices.Concat(ca.Unknown, roots.Gaps, a.gaps))
	return ca
}

// askedCA is an address at which running proxies ask for certificates.
type askedCA struct {
	address string
	step    mesh.Step
}

// askedAuthorities finds the addresses that the running proxies of each revision have, in order.
func (l *Layer) askedAuthorities() map[*revision][]askedCA {
	found := map[*revision][]askedCA{}
	for w := range l.cluster.Workloads() {
		for p := range w.Pods() {
			px, ok := proxyOf(p)
			if !ok {
				continue
			}
			rev := l.only(revisionOf(p))
			i := slices.IndexFunc(px.container.Env, func(e kube.EnvVar) bool {
				return (e.Name == "CA_ADDR" || e.Name == "CA_ADDRESS") && e.Value != ""
			})
			if rev == nil || i < 0 {
				continue
			}
			address := px.container.Env[i].Value
			if slices.ContainsFunc(found[rev], func(a askedCA) bool { return a.address == address }) {
				continue
			}
			found[rev] = append(found[rev], askedCA{address, mesh.Step{
				Rule: ruleCAAddress, Object: p.Object(), Loc: p.At(source.Index(px.path+".env", i)),
				Detail: "running proxies ask " + address + " for certificates",
			}})
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b askedCA) int { return strings.Compare(a.address, b.address) })
	}
	return found
}

// only is the one revision that serves pods which show this name; nil where several may.
func (l *Layer) only(name string) *revision {
	if revs := l.serving(name); len(revs) == 1 {
		return revs[0]
	}
	return nil
}

// istioCSR finds cert-manager's agent that signs for istiod.
func (c *compiler) istioCSR() *mesh.Workload {
	for w := range c.in.Cluster.Workloads() {
		for _, ct := range w.Template().Spec.Containers {
			if strings.Contains(ct.Image, "cert-manager-istio-csr") {
				return w
			}
		}
	}
	return nil
}

// elsewhere looks for an address other than istiod's: what running proxies have, and what new ones get.
func (a *authority) elsewhere(ca *mesh.CA, asked []askedCA) bool {
	var foreign []askedCA
	for _, at := range asked {
		if !a.rev.isIstiod(at.address) {
			foreign = append(foreign, at)
		}
	}
	if in := a.rev.injector; in.caAddress != "" && !a.rev.isIstiod(in.caAddress) {
		foreign = slices.Insert(foreign, 0, askedCA{in.caAddress, mesh.Step{
			Rule: ruleCAAddress, Object: in.object, Loc: in.loc, Detail: "injected proxies ask " + in.caAddress + " for certificates",
		}})
	} else if in.caName != "" {
		a.external(ca, "", mesh.Step{Rule: ruleCA, Object: in.object, Loc: in.loc, Detail: "injected proxies get certificates from provider " + in.caName})
		ca.Issuer = in.caName
		return true
	}
	if len(foreign) == 0 {
		return false
	}
	first := foreign[0]
	a.external(ca, first.address, first.step)
	for _, other := range foreign[1:] {
		ca.Why = append(ca.Why, other.step)
	}
	for _, at := range slices.Concat(foreign[1:], asked) {
		if at.address != first.address {
			ca.Unknown = append(ca.Unknown, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: at.step.Object, Loc: at.step.Loc,
				Detail: "some proxies ask " + at.address + " for certificates and not " + first.address,
			})
		}
	}
	return true
}

// isIstiod reports whether an address is that of the revision's istiod.
func (r *revision) isIstiod(address string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "https://"), ":")
	name, rest, _ := strings.Cut(host, ".")
	namespace, _, _ := strings.Cut(rest, ".")
	return (name == "istiod" || name == istiodName(r.name) || slices.ContainsFunc(r.tags, func(t string) bool { return name == istiodName(t) })) &&
		(namespace == "" || r.namespace == "" || namespace == r.namespace)
}

// external notes a signer that is neither istiod nor the cluster.
func (a *authority) external(ca *mesh.CA, address string, step mesh.Step) {
	ca.Kind, ca.Address = mesh.CAExternal, address
	ca.Why = append(ca.Why, step)
	named := strings.Contains(address, "istio-csr")
	if a.csr != nil && (named || address == "") {
		ca.Why = append(ca.Why, mesh.Step{
			Rule: ruleCA, Object: a.csr.Object(), Loc: a.csr.Template().At("spec.containers[0].image"), Detail: "cert-manager's istio-csr runs in the cluster",
		})
	}
	if named || a.csr != nil && address == "" {
		ca.Issuer = "istio-csr"
	}
}

// kubernetes looks for the cluster's own API as the signer.
func (a *authority) kubernetes(ca *mesh.CA) bool {
	v, ok := a.rev.env[envExternalCA]
	if !ok || v.value != signsByKubernetes {
		return false
	}
	ca.Kind = mesh.CAKubernetes
	ca.Issuer = cmp.Or(a.rev.env[envSigner].value, a.rev.env[envSignerDomain].value)
	ca.Why = append(ca.Why, a.envStep(envExternalCA, "istiod has the cluster's API for certificate requests sign"))
	return true
}

// ownAuthority tells a root that istiod has made from a certificate that it was given. A complete Secret
// "cacerts" is taken; one that istiod has made itself only counts as such with a flag.
// pilot/pkg/bootstrap/istio_ca.go createIstioCA.
func (a *authority) ownAuthority() {
	for _, name := range []string{envCAServer, envExternalCA, envCADirectory} {
		if v, ok := a.rev.env[name]; ok && (v.elsewhere || name == envCADirectory) {
			a.own.ca.Unknown = append(a.own.ca.Unknown, a.gap(source.ProblemIncomplete, v.loc, "where istiod takes its authority from is not known: "+name+" leads to what is not in the input"))
			return
		}
	}
	given, made := a.secret(secretPluggedIn), a.secret(secretSelfSigned)
	switch named := a.namedRoots(); {
	case given != nil:
		a.plugged(given, made)
	case made != nil:
		a.readOwn(made)
		a.settle(mesh.CASelfSigned, made, "istiod keeps the authority here that it has made itself")
	case len(named) > 0:
		a.own.ca.Kind = mesh.CAPluggedIn
		a.own.ca.Why = append(a.own.ca.Why, mesh.Step{
			Rule: ruleCA, Object: named[0].Why[0].Object, Loc: named[0].Why[0].Loc,
			Detail: "the root has a common name, which istiod gives to no root of its own",
		})
	default:
		detail := "neither Secret cacerts nor istio-ca-secret is in the input"
		if !a.c.opts.ReadSecrets {
			detail = "Secrets are not read (Options.ReadSecrets)"
		}
		a.own.ca.Unknown = append(a.own.ca.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kindSecret, Namespace: a.namespace(), Name: secretPluggedIn},
			Detail: detail + ": whether istiod signs under a root of its own is not known",
		})
	}
}

func (a *authority) plugged(given, made *caSecret) {
	complete, some := given.completeness()
	given.read(a.c, &a.own.roots, &a.own.issuers)
	a.own.ca.Unknown = append(a.own.ca.Unknown, given.gaps...)
	generated := given.has(func(f *caFiles) bool { return bool(f.Generated) })
	switch {
	case len(given.gaps) > 0:
	case some && !complete:
		a.own.ca.Unknown = append(a.own.ca.Unknown, given.gap(source.ProblemRejected, "Secret cacerts lacks a part of what istiod needs, so that istiod does not start"))
	case complete && !(generated && a.rev.flag(envGeneratedCA)):
		a.settle(mesh.CAPluggedIn, given, "istiod signs with the certificate that was put here")
	case !some:
		a.own.ca.Unknown = append(a.own.ca.Unknown, given.gap(source.ProblemIncomplete, "Secret cacerts is in the input without its contents"))
	default:
		if made != nil {
			a.readOwn(made) // it counts before the other
		} else {
			a.readOwn(given)
		}
		a.settle(mesh.CASelfSigned, given, "istiod signs under a root that it has made itself")
	}
}

// readOwn adds the certificate of a root that istiod has made: it signs with it.
func (a *authority) readOwn(s *caSecret) {
	s.read(a.c, &a.own.roots, &a.own.issuers)
	if e, text, ok := s.public(a.c, "ca-cert.pem", func(f *caFiles) string { return f.CACert }); ok {
		a.own.roots.add(a.c, e, "", text)
	}
	a.own.ca.Unknown = append(a.own.ca.Unknown, s.gaps...)
}

func (a *authority) settle(kind mesh.CAKind, s *caSecret, detail string) {
	a.own.ca.Kind = kind
	a.own.ca.Why = append(a.own.ca.Why, mesh.Step{Rule: ruleCA, Object: s.obj.Ref, Loc: s.obj.At("metadata.name"), Detail: detail})
}

func (s *caSecret) gap(reason source.ProblemCode, detail string) mesh.Gap {
	return mesh.Gap{Reason: reason, Object: s.obj.Ref, Loc: s.obj.At("data"), Detail: detail}
}

func (a *authority) namespace() string { return cmp.Or(a.rev.namespace, systemNamespace) }

func (a *authority) secret(name string) *caSecret {
	return a.secrets[a.namespace()+"/"+name]
}

// gap is one that a setting of istiod leaves.
func (a *authority) gap(reason source.ProblemCode, loc source.Loc, detail string) mesh.Gap {
	g := mesh.Gap{Reason: reason, Loc: loc, Detail: detail}
	if a.rev.workload != nil {
		g.Object = a.rev.workload.Object()
	}
	return g
}

func (a *authority) envStep(name, detail string) mesh.Step {
	s := mesh.Step{Rule: ruleCA, Loc: a.rev.env[name].loc, Detail: detail + " (" + name + "=" + a.rev.env[name].value + ")"}
	if a.rev.workload != nil && s.Loc != (source.Loc{}) {
		s.Object = a.rev.workload.Object()
	}
	return s
}

// namedRoots are the known roots, when all of them have a common name.
func (a *authority) namedRoots() []mesh.Certificate {
	all := a.roots.Sorted()
	for _, cert := range all {
		if !strings.HasPrefix(cert.Subject, "CN=") && !strings.Contains(cert.Subject, ",CN=") && !strings.Contains(cert.Subject, "+CN=") {
			return nil
		}
	}
	return all
}

// rootMaps reads the ConfigMap by which istiod gives the roots to every namespace.
func (a *authority) rootMaps() {
	name := cmp.Or(a.rev.env[envRootMap].value, defaultRootMap)
	for o := range a.c.in.Objects.Objects(kube.KindConfigMap) {
		if o.Ref.Name != name {
			continue
		}
		cm, gaps := decodeKube[kube.ConfigMap](a.c, o)
		a.roots.Gaps = append(a.roots.Gaps, gaps...)
		if text, ok := cm.Data[rootKey]; ok {
			a.roots.add(a.c, embedded{o, source.Key("data", rootKey)}, "", text)
		}
	}
	if on := a.rev.flag(envTrustBundles); on {
		a.gaps = append(a.gaps, a.gap(source.ProblemUnsupported, a.rev.env[envTrustBundles].loc, "istiod gives out roots in ClusterTrustBundles as well, which are not read"))
	}
}

// meshCertificates reads the further roots that the mesh's configuration names.
func (a *authority) meshCertificates() {
	if a.rev.mesh.pb == nil || len(a.rev.mesh.why) == 0 {
		return
	}
	for i, cert := range a.rev.mesh.pb.GetCaCertificates() {
		path := source.Index("caCertificates", i)
		if text := cert.GetPem(); text != "" {
			a.roots.add(a.c, a.rev.mesh.text, path+".pem", text)
			continue
		}
		a.gaps = append(a.gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: a.rev.mesh.text.o.Ref, Loc: a.rev.mesh.text.o.At(a.rev.mesh.text.field),
			Detail: path + ": the roots are fetched while the mesh runs",
		})
	}
}

// lifetime is that of a workload's certificate: what its proxy asks for, where istiod signs and allows
// so much. A proxy that has a lifetime of its own in its environment is not looked for.
func (a *authority) lifetime(ca *mesh.CA) {
	asked, known := duration(a.rev.mesh.pb.GetDefaultConfig().GetProxyMetadata()[envProxyCertTTL], 24*time.Hour)
	longest, fits := duration(a.rev.env[envLongestCert].value, 90*24*time.Hour)
	if ca.Kind == mesh.CAUnknown || !known || !fits || a.rev.env[envLongestCert].elsewhere || asked > longest {
		return
	}
	ca.Lifetime = asked
	ca.Why = append(ca.Why, mesh.Step{Rule: ruleCertLifetime, Detail: "proxies ask for certificates of " + asked.String()})
}

// duration reads a setting; ifUnset stands for the empty text.
func duration(text string, ifUnset time.Duration) (time.Duration, bool) {
	if text == "" {
		return ifUnset, true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}
