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
	// MP1003 stalePod (medium): running pods were made under another configuration of the mesh than the one that is declared now
	// MP1004 hangingJob (medium): pods of a Job do not end when its containers do, because of the proxy beside them
	// MP2001 permissivePort (medium): a port accepts plaintext although its namespace or mesh is otherwise strict
	// MP2002 declaredEnforced (high): the mode of mutual TLS that is enforced on a port is not the one that is declared
	// MP2003 unverifiedPort (medium): a port is strict by the policies, and something that is not evaluated may change that
	// MP2004 failingCall (high): the configuration makes connections between workloads fail
	// MP2005 plaintextCaller (low): a workload outside the mesh shares a namespace with ports that only take mutual TLS
	// MP2006 plaintextInside (medium): connections between two workloads inside the mesh are plaintext
	// MP3001 policyTie (high): several objects claim one place in the mesh's configuration, and only one counts
	// MP3002 deadSelector (low): an object of the mesh's configuration selects nothing that exists
	// MP3003 unknownPeer (medium): an object of the mesh's configuration names an identity, namespace or provider that nothing has
	// MP3004 idlePolicy (high): a policy changes nothing where it stands
	// MP3005 widerPolicy (high): a policy lets through more than it says
	// MP3006 narrowerPolicy (medium): a policy keeps out more than it says
	// MP3007 unverifiedEnforcement (medium): an object changes how the mesh enforces, in ways that are not evaluated
	// MP3008 inadmissible (medium): the mesh's admission would refuse an object that exists all the same
	// MP4001 proxyBypass (high): clients get more through by the address of pods than by the layer-7 proxy of their Service
	// MP5001 gatewayBypass (high): a workload behind a gateway of the mesh can be reached around it
	// MP5002 plaintextEdge (medium): an entry of the cluster takes plaintext from outside and does not redirect to TLS
	// MP5003 plaintextSecondHop (medium): TLS ends at an entry of the cluster, and plaintext goes on to the workloads behind it
	// MP6001 certificateExpiry (medium): a certificate of the mesh's authority has expired, soon will, or is not valid yet
	// MP6002 versionSkew (medium): a part of the data plane is too far from the version of its control plane
	// MP6003 unfitCertificate (high): a certificate of the mesh's authority is not accepted, or leads to no trusted root
}
