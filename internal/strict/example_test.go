package strict_test

import (
	"fmt"
	"reflect"

	security "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/internal/strict"
)

func ExampleCheck() {
	type settings struct {
		Mode string `json:"mode"`
		Port uint16 `json:"port"`
	}
	t := strict.Of(reflect.TypeFor[settings]())
	for _, v := range strict.Check(t, []byte(`{"mode": 1.30, "prot": 8080, "port": 80800}`)) {
		fmt.Println(v)
	}
	// Output:
	// mode: wrong-type: number 1.30 where a string is needed
	// prot: unknown-field: unknown field "prot" (did you mean "port"?)
	// port: bad-value: number 80800: want 0 to 65535
}

func ExampleProto() {
	t := strict.Proto(new(security.PeerAuthentication).ProtoReflect().Descriptor())
	spec := []byte(`{"mtls": {"mode": "MAYBE"}, "portLevelMtls": {"http": {}}}`)
	for _, v := range strict.Check(t, spec) {
		fmt.Println(v)
	}
	fmt.Println(string(strict.Repair(t, spec)))
	// Output:
	// mtls.mode: bad-value: mode "MAYBE": want UNSET, DISABLE, PERMISSIVE or STRICT
	// portLevelMtls.http: bad-value: key "http": want an integer from 0 to 4294967295
	// {"mtls":{"mode":"MAYBE"},"portLevelMtls":{}}
}
