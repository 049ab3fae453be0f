package yamldoc_test

import (
	"fmt"

	"github.com/meshposture/meshposture/internal/yamldoc"
)

func Example() {
	doc := []byte("mesh:\n  version: 1.30\n  mtls: off\n  mtls: on\n")
	json, dups, err := yamldoc.ToJSON(doc, yamldoc.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(json))
	for _, d := range dups {
		fmt.Printf("%d:%d: %s is repeated\n", d.Line, d.Col, d.Path)
	}
	text, plain, _ := yamldoc.Scalar(doc, "mesh.version")
	fmt.Println(text, plain)
	// Output:
	// {"mesh":{"version":1.30,"mtls":true}}
	// 4:3: mesh.mtls is repeated
	// 1.30 true
}
