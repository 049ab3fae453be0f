package suite_test

import (
	"fmt"

	"github.com/meshposture/meshposture/check/suite"
)

func Example() {
	for _, c := range suite.All() {
		fmt.Printf("%s %s (%s): %s\n", c.Code, c.Name, c.Severity, c.Doc)
	}
	// Output:
	// MP1001 partialEnrolment (high): running pods of one workload, or workloads of one namespace, are partly in the mesh
	// MP1002 enrolmentDrift (high): running pods are enrolled otherwise than their workload declares
	// MP2001 permissivePort (medium): a port accepts plaintext although its namespace or mesh is otherwise strict
	// MP2002 declaredEnforced (high): the mode of mutual TLS that is enforced on a port is not the one that is declared
	// MP2003 unverifiedPort (medium): a port is strict by the policies, and something that is not evaluated may change that
	// MP3001 policyTie (high): several objects claim one place in the mesh's configuration, and only one counts
}
