package yamldoc

import (
	"errors"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// keyText is the name that a mapping key has in JSON, as sigs.k8s.io/yaml v1.6.0 makes it:
// integers in decimal, floats in their shortest 32-bit form, booleans as true and false.
func keyText(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", errors.New("a mapping key must be a scalar")
	}
	r, err := resolveNode(n)
	if err != nil {
		return "", err
	}
	switch r.kind {
	case kindString:
		return r.text, nil
	case kindBool:
		return strconv.FormatBool(r.bool), nil
	case kindInt:
		if r.text == "-0" {
			return "0", nil
		}
		return r.text, nil
	case kindFloat:
		return floatKey(r.num), nil
	default:
		return "", errors.New("a mapping key must not be null")
	}
}

func floatKey(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	s := strconv.FormatFloat(f, 'g', -1, 32)
	if s == "+Inf" || s == "-Inf" { // beyond the range of 32 bits
		return floatKey(math.Inf(int(math.Copysign(1, f))))
	}
	return s
}
