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
	// MP3002 deadSelector (low): an object of the mesh's configuration selects nothing that exists
	// MP3003 unknownPeer (medium): an object of the mesh's configuration names an identity, namespace or provider that nothing has
	// MP3004 idlePolicy (high): a policy changes nothing where it stands
	// MP3005 widerPolicy (high): a policy lets through more than it says
	// MP3006 narrowerPolicy (medium): a policy keeps out more than it says
	// MP3007 unverifiedEnforcement (medium): an object changes how the mesh enforces, in ways that are not evaluated
}
