package linkerd

import (
	"reflect"
	"regexp"
	"sync"

	"github.com/meshposture/meshposture/internal/kubeschema"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	"github.com/meshposture/meshposture/source"
)

// definition is a version of a kind, as the custom resource definition of a release has it
// (charts/linkerd-crds/templates, multicluster/charts/linkerd-multicluster/templates/link-crd.yaml).
type definition struct {
	typ   *strict.Type // of the whole object; nothing is said of the status
	since int          // the minor release that was the first to serve the version
}

// definitions are the versions of the kinds.
type definitions map[source.Kind]map[string]definition

// The definitions differ a little between releases.
var (
	definitions14  = sync.OnceValue(func() definitions { return define(14) })
	definitions16  = sync.OnceValue(func() definitions { return define(16) })
	definitionsNow = sync.OnceValue(func() definitions { return define(newestMinor) })
)

// definitionsOf are the definitions of a release; the newest where it is not known.
func definitionsOf(r release) definitions {
	switch {
	case r.since(17):
		return definitionsNow()
	case r.since(15):
		return definitions16()
	default:
		return definitions14()
	}
}

// define makes the definitions of release 2.minor, with the versions of later releases as these have them.
func define(minor int) definitions {
	d := &definer{
		made: definitions{},
		types: strict.Reflector{
			NoNull: true,
			Known:  map[string]*strict.Type{named[kube.IntOrString](""): strict.IntOrString()},
			Fields: map[string]*strict.Type{},
			Limits: map[string]strict.Limits{},
		},
	}
	d.shared()
	d.server()
	d.serverAuthorization()
	d.authentications(minor)
	d.egressNetwork()
	d.rateLimit()
	d.httpRoute()
	d.serviceProfile()
	d.link()
	d.externalWorkload(minor)
	return d.made
}

// definer collects definitions.
type definer struct {
	made  definitions
	types strict.Reflector
}

// version adds a version of a kind that must have a specification.
func (d *definer) version(k source.Kind, name string, since int, spec *strict.Type) {
	d.versionWithout(k, name, since, spec)
	v := d.made[k][name]
	v.typ = v.typ.With(must("spec"))
	d.made[k][name] = v
}

// versionWithout adds a version of a kind that may be without a specification.
func (d *definer) versionWithout(k source.Kind, name string, since int, spec *strict.Type) {
	if d.made[k] == nil {
		d.made[k] = map[string]definition{}
	}
	d.made[k][name] = definition{kubeschema.Custom().WithMember("spec", spec), since}
}

// typeOf is the strict type of T, with the limits that are known by now.
func typeOf[T any](d *definer) *strict.Type { return d.types.Of(reflect.TypeFor[T]()) }

// named is the name by which the strict types know T, or a field of T.
func named[T any](field string) string {
	t := reflect.TypeFor[T]()
	name := t.PkgPath() + "." + t.Name()
	if field != "" {
		name += "." + field
	}
	return name
}

// limit asks something of T, or of a field of T.
func limit[T any](d *definer, field string, l strict.Limits) {
	d.types.Limits[named[T](field)] = l
}

// field says what a field may be, by its name.
func (d *definer) field(name string, t *strict.Type) { d.types.Fields[name] = t }

// words are the values that a field of T takes.
func words[T any](d *definer, field string, values ...string) {
	d.field(named[T](field), strict.Enum(field, values...))
}

// numbers are the integers that a field of T takes.
func numbers[T any](d *definer, field string, from int64, to uint64) {
	d.field(named[T](field), strict.Integer(from, to))
}

// must asks for members of an object.
func must(names ...string) strict.Limits { return strict.Limits{Required: names} }

// oneOf asks for exactly one of some members of an object.
func oneOf(names ...string) strict.Limits { return strict.Limits{OneOf: names} }

// text asks for a length and, where it is not empty, a form. A maximum of 0 is none.
func text(from, to int, form string) strict.Limits {
	l := strict.Limits{MinLength: from, MaxLength: to}
	if form != "" {
		l.Pattern = regexp.MustCompile(form)
	}
	return l
}

// entries asks for a number of entries of a list. A maximum of 0 is none.
func entries(from, to int) strict.Limits { return strict.Limits{MinItems: from, MaxItems: to} }

// The forms that the definitions ask for.
const (
	formLabel      = `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	formName       = `^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	formGroup      = `^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	formKind       = `^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`
	formIdentity   = `^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	formHostname   = `^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	formHeaderName = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$"
	formQuantity   = `^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`
)

// shared asks what all kinds ask of label selectors and of references.
func (d *definer) shared() {
	limit[kube.Requirement](d, "", must("key", "operator"))
	words[kube.Requirement](d, "operator", "In", "NotIn", "Exists", "DoesNotExist")

	limit[kube.ParentRef](d, "", must("name"))
	limit[kube.ParentRef](d, "group", text(0, 253, formGroup))
	limit[kube.ParentRef](d, "kind", text(1, 63, formKind))
	limit[kube.ParentRef](d, "namespace", text(1, 63, formLabel))
	limit[kube.ParentRef](d, "name", text(1, 253, ""))
	limit[kube.ParentRef](d, "sectionName", text(1, 253, formName))
	numbers[kube.ParentRef](d, "port", 1, 65535)

	limit[kube.BackendRef](d, "group", text(0, 253, formGroup))
	limit[kube.BackendRef](d, "kind", text(1, 63, formKind))
	limit[kube.BackendRef](d, "namespace", text(1, 63, formLabel))
	limit[kube.BackendRef](d, "name", text(1, 253, ""))
	numbers[kube.BackendRef](d, "port", 1, 65535)
	numbers[kube.BackendRef](d, "weight", 0, 1000000)

	limit[policyapi.PolicyTargetReference](d, "", must("kind", "name"))
	limit[policyapi.PolicyTargetReference](d, "group", text(0, 253, formGroup))
	limit[policyapi.PolicyTargetReference](d, "kind", text(1, 63, formKind))
	limit[policyapi.PolicyTargetReference](d, "name", text(1, 253, ""))
	limit[policyapi.PolicyTargetReference](d, "namespace", text(0, 253, ""))
	limit[policyapi.LocalTargetReference](d, "", must("kind", "name"))
	limit[policyapi.LocalTargetReference](d, "group", text(0, 253, formGroup))
	limit[policyapi.LocalTargetReference](d, "kind", text(1, 63, formKind))
	limit[policyapi.LocalTargetReference](d, "name", text(1, 253, ""))
}
