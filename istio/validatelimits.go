package istio

import "maps"

// crdLimits are the limits that Istio's custom resource definitions state beyond the types of the
// messages, by message, by field (message.field) and by entry of a list or a map (message.field[]).
// Source: istio.io/api v1.31.1 kubernetes/customresourcedefinitions.gen.yaml, and for since and until
// manifests/charts/base/files/crd-all.gen.yaml of istio/istio 1.24.0 to 1.31.0.
func crdLimits() map[string]limits {
	all := securityLimits()
	for _, part := range []map[string]limits{typeLimits(), serviceLimits(), networkingLimits(), telemetryLimits()} {
		maps.Copy(all, part)
	}
	return all
}

// wordsSince are the values of enumerations that definitions after Istio 1.24 brought, with the
// minor release that did.
func wordsSince() map[string]int {
	return map[string]int{
		"istio.extensions.v1alpha1.FailStrategy.FAIL_RELOAD":                           27,
		"istio.networking.v1alpha3.ServiceEntry.Resolution.DYNAMIC_DNS":                28,
		"istio.networking.v1alpha3.EnvoyFilter.PatchContext.WAYPOINT":                  29,
		"istio.networking.v1alpha3.EnvoyFilter.Patch.Operation.MERGE_AND_REPLACE_LIST": 31,
	}
}

// fieldsSince are the fields that came after Istio 1.24, with the minor release whose control plane
// is the first to read them. Before, the API server drops them or nobody looks at them:
// trustDomains is in the definitions of 1.30, and in pilot/pkg/security/authz/model since 1.31.
func fieldsSince() map[string]int {
	return map[string]int{
		"istio.security.v1beta1.Source.serviceAccounts":                                             25,
		"istio.security.v1beta1.Source.notServiceAccounts":                                          25,
		"istio.security.v1beta1.Source.trustDomains":                                                31,
		"istio.security.v1beta1.Source.notTrustDomains":                                             31,
		"istio.security.v1beta1.JWTRule.spaceDelimitedClaims":                                       28,
		"istio.networking.v1alpha3.EnvoyFilter.RouteConfigurationMatch.VirtualHostMatch.domainName": 25,
		"istio.networking.v1alpha3.EnvoyFilter.EnvoyConfigObjectMatch.waypoint":                     29,
		"istio.networking.v1alpha3.ServerTLSSettings.credentialNames":                               26,
		"istio.networking.v1alpha3.ServerTLSSettings.tlsCertificates":                               26,
		"istio.networking.v1alpha3.ServerTLSSettings.caCertCredentialName":                          28,
		"istio.networking.v1alpha3.ServerTLSSettings.insecureSkipVerify":                            31,
		"istio.networking.v1alpha3.HTTPRetry.backoff":                                               26,
		"istio.networking.v1alpha3.HTTPRetry.retryIgnorePreviousHosts":                              26,
		"istio.networking.v1alpha3.HTTPRedirect.prefixRewrite":                                      31,
		"istio.networking.v1alpha3.TrafficPolicy.retryBudget":                                       27,
		"istio.networking.v1alpha3.TrafficPolicy.RetryBudget.budgetInterval":                        31,
		"istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.HTTPCookie.attributes":     28,
		"istio.networking.v1alpha3.LoadBalancerSettings.zoneAwareLbSetting":                         31,
		"istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.http2KeepAlive":              31,
		"istio.networking.v1alpha3.OutlierDetection.outlierDetectionHttpErrorCodes":                 31,
		"istio.telemetry.v1alpha1.Tracing.enableIstioTags":                                          25,
		"istio.telemetry.v1alpha1.Tracing.disableContextPropagation":                                30,
		"istio.telemetry.v1alpha1.Tracing.CustomTag.formatter":                                      29,
	}
}

// securityLimits are those of the policies.
func securityLimits() map[string]limits {
	return map[string]limits{
		"istio.security.v1beta1.AuthorizationPolicy":              {rules: []celRule{celOneTarget}},
		"istio.security.v1beta1.AuthorizationPolicy.rules":        {maxEntries: 512, since: 25},
		"istio.security.v1beta1.AuthorizationPolicy.targetRefs":   {maxEntries: 16},
		"istio.security.v1beta1.ClaimToHeader":                    {required: []string{"header", "claim"}},
		"istio.security.v1beta1.ClaimToHeader.claim":              {minLength: 1},
		"istio.security.v1beta1.ClaimToHeader.header":             {minLength: 1, pattern: `^[-_A-Za-z0-9]+$`},
		"istio.security.v1beta1.Condition":                        {required: []string{"key"}},
		"istio.security.v1beta1.JWTHeader":                        {required: []string{"name"}},
		"istio.security.v1beta1.JWTHeader.name":                   {minLength: 1},
		"istio.security.v1beta1.JWTRule":                          {rules: []celRule{celOneKeySet}},
		"istio.security.v1beta1.JWTRule.audiences[]":              {minLength: 1},
		"istio.security.v1beta1.JWTRule.fromCookies[]":            {minLength: 1},
		"istio.security.v1beta1.JWTRule.fromParams[]":             {minLength: 1},
		"istio.security.v1beta1.JWTRule.issuer":                   {minLength: 1},
		"istio.security.v1beta1.JWTRule.jwksUri":                  {minLength: 1, maxLength: 2048, rules: []celRule{celHTTPURL}},
		"istio.security.v1beta1.JWTRule.spaceDelimitedClaims":     {maxEntries: 64},
		"istio.security.v1beta1.JWTRule.spaceDelimitedClaims[]":   {minLength: 1},
		"istio.security.v1beta1.JWTRule.timeout":                  {rules: []celRule{celDuration}},
		"istio.security.v1beta1.PeerAuthentication":               {rules: []celRule{celPortsNeedSelector}},
		"istio.security.v1beta1.PeerAuthentication.portLevelMtls": {minEntries: 1, rules: []celRule{celPortKeys}},
		"istio.security.v1beta1.RequestAuthentication":            {rules: []celRule{celOneTarget}},
		"istio.security.v1beta1.RequestAuthentication.jwtRules":   {maxEntries: 4096},
		"istio.security.v1beta1.RequestAuthentication.targetRefs": {maxEntries: 16},
		"istio.security.v1beta1.Rule.from":                        {maxEntries: 512, since: 25},
		"istio.security.v1beta1.Source":                           {rules: []celRule{celAccountsAlone}},
		"istio.security.v1beta1.Source.notServiceAccounts":        {maxEntries: 16},
		"istio.security.v1beta1.Source.notServiceAccounts[]":      {maxLength: 320},
		"istio.security.v1beta1.Source.serviceAccounts":           {maxEntries: 16},
		"istio.security.v1beta1.Source.serviceAccounts[]":         {maxLength: 320},
	}
}

// typeLimits are those of what selects workloads.
func typeLimits() map[string]limits {
	return map[string]limits{
		"istio.type.v1beta1.PolicyTargetReference":           {required: []string{"kind", "name"}},
		"istio.type.v1beta1.PolicyTargetReference.group":     {maxLength: 253, pattern: `^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`},
		"istio.type.v1beta1.PolicyTargetReference.kind":      {minLength: 1, maxLength: 63, pattern: `^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`},
		"istio.type.v1beta1.PolicyTargetReference.name":      {minLength: 1, maxLength: 253},
		"istio.type.v1beta1.PolicyTargetReference.namespace": {rules: []celRule{celEmpty}},
		"istio.type.v1beta1.PortSelector":                    {required: []string{"number"}},
		"istio.type.v1beta1.PortSelector.number":             {minimum: 1, maximum: 65535},
		"istio.type.v1beta1.WorkloadSelector.matchLabels":    {maxEntries: 4096, rules: []celRule{celNoWildcardKey, celNoEmptyKey}},
		"istio.type.v1beta1.WorkloadSelector.matchLabels[]":  {maxLength: 63, rules: []celRule{celNoWildcard}},
	}
}

// serviceLimits are those of services and workloads outside the cluster.
func serviceLimits() map[string]limits {
	return map[string]limits{
		"istio.networking.v1alpha3.ServiceEntry":                 {required: []string{"hosts"}, rules: []celRule{celOneEndpointSource, celRangesResolution, celNoneWithoutEndpoints, celRoundRobinOneEndpoint}},
		"istio.networking.v1alpha3.ServiceEntry.addresses":       {maxEntries: 256},
		"istio.networking.v1alpha3.ServiceEntry.addresses[]":     {maxLength: 64},
		"istio.networking.v1alpha3.ServiceEntry.endpoints":       {maxEntries: 4096},
		"istio.networking.v1alpha3.ServiceEntry.hosts":           {minEntries: 1, maxEntries: 256},
		"istio.networking.v1alpha3.ServiceEntry.hosts[]":         {rules: []celRule{celNotStar}},
		"istio.networking.v1alpha3.ServiceEntry.ports":           {maxEntries: 256, key: "name", rules: []celRule{celUniqueNumbers}},
		"istio.networking.v1alpha3.ServicePort":                  {required: []string{"number", "name"}},
		"istio.networking.v1alpha3.ServicePort.name":             {maxLength: 256},
		"istio.networking.v1alpha3.ServicePort.number":           {rules: []celRule{celPort}},
		"istio.networking.v1alpha3.ServicePort.protocol":         {maxLength: 256},
		"istio.networking.v1alpha3.ServicePort.targetPort":       {rules: []celRule{celPort}},
		"istio.networking.v1alpha3.WorkloadEntry":                {rules: []celRule{celAddress, celSocketWithoutPorts}},
		"istio.networking.v1alpha3.WorkloadEntry.address":        {maxLength: 256, rules: []celRule{celSocketAbsolute, celSocketFile}},
		"istio.networking.v1alpha3.WorkloadEntry.labels":         {maxEntries: 256},
		"istio.networking.v1alpha3.WorkloadEntry.locality":       {maxLength: 2048},
		"istio.networking.v1alpha3.WorkloadEntry.network":        {maxLength: 2048},
		"istio.networking.v1alpha3.WorkloadEntry.ports":          {maxEntries: 128, rules: []celRule{celPortNames}},
		"istio.networking.v1alpha3.WorkloadEntry.ports[]":        {rules: []celRule{celPort}},
		"istio.networking.v1alpha3.WorkloadEntry.serviceAccount": {maxLength: 253},
		"istio.networking.v1alpha3.WorkloadSelector.labels":      {maxEntries: 256},
		"istio.networking.v1alpha3.WorkloadSelector.labels[]":    {maxLength: 63, rules: []celRule{celNoWildcard}},
	}
}

// networkingLimits are those of traffic between services.
func networkingLimits() map[string]limits {
	return map[string]limits{
		"istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.ConnectionKeepalive.interval": {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.ConnectionKeepalive.timeout":  {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.idleTimeout":                  {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings.TcpKeepalive.interval":         {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings.TcpKeepalive.time":             {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings.connectTimeout":                {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings.idleTimeout[]":                 {rules: []celRule{celDuration}, until: 26},
		"istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings.maxConnectionDuration":         {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.CorsPolicy.maxAge":                                                {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.Destination":                                                      {required: []string{"host"}},
		"istio.networking.v1alpha3.DestinationRule":                                                  {required: []string{"host"}},
		"istio.networking.v1alpha3.EnvoyFilter":                                                      {rules: []celRule{celOneWorkloadTarget}},
		"istio.networking.v1alpha3.EnvoyFilter.EnvoyConfigObjectMatch":                               {rules: []celRule{celWaypointContext}, since: 29},
		"istio.networking.v1alpha3.EnvoyFilter.WaypointMatch.portNumber":                             {rules: []celRule{celPort}},
		"istio.networking.v1alpha3.EnvoyFilter.targetRefs":                                           {maxEntries: 16},
		"istio.networking.v1alpha3.HTTPDirectResponse":                                               {required: []string{"status"}},
		"istio.networking.v1alpha3.HTTPFaultInjection.Delay.exponentialDelay":                        {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.HTTPFaultInjection.Delay.fixedDelay":                              {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.HTTPMirrorPolicy":                                                 {required: []string{"destination"}},
		"istio.networking.v1alpha3.HTTPRetry.backoff":                                                {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.HTTPRetry.perTryTimeout":                                          {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.HTTPRoute.timeout":                                                {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.HTTPRouteDestination":                                             {required: []string{"destination"}},
		"istio.networking.v1alpha3.IstioEgressListener":                                              {required: []string{"hosts"}},
		"istio.networking.v1alpha3.IstioIngressListener":                                             {required: []string{"port"}},
		"istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.HTTPCookie":                 {required: []string{"name"}},
		"istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.HTTPCookie.Attribute":       {required: []string{"name"}},
		"istio.networking.v1alpha3.LoadBalancerSettings.warmupDurationSecs":                          {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.OutlierDetection.baseEjectionTime":                                {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.OutlierDetection.interval":                                        {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.OutlierDetection.outlierDetectionHttpErrorCodes[]":                {minimum: 100, maximum: 599},
		"istio.networking.v1alpha3.Port":                                                             {required: []string{"number", "protocol", "name"}},
		"istio.networking.v1alpha3.RouteDestination":                                                 {required: []string{"destination"}},
		"istio.networking.v1alpha3.Server":                                                           {required: []string{"port", "hosts"}},
		"istio.networking.v1alpha3.ServerTLSSettings":                                                {rules: []celRule{celOneCertificateList, celOneCredential}},
		"istio.networking.v1alpha3.ServerTLSSettings.credentialNames":                                {minEntries: 1, maxEntries: 2},
		"istio.networking.v1alpha3.ServerTLSSettings.tlsCertificates":                                {minEntries: 1, maxEntries: 2},
		"istio.networking.v1alpha3.Subset":                                                           {required: []string{"name"}},
		"istio.networking.v1alpha3.TLSMatchAttributes":                                               {required: []string{"sniHosts"}},
		"istio.networking.v1alpha3.TLSRoute":                                                         {required: []string{"match"}},
		"istio.networking.v1alpha3.TrafficPolicy.RetryBudget.percent":                                {maximum: 100},
		"istio.networking.v1alpha3.TrafficPolicy.TunnelSettings":                                     {required: []string{"targetHost", "targetPort"}},
		"istio.networking.v1alpha3.TrafficPolicy.portLevelSettings":                                  {maxEntries: 4096},
		"istio.networking.v1alpha3.WarmupConfiguration":                                              {required: []string{"duration"}},
		"istio.networking.v1alpha3.WarmupConfiguration.aggression":                                   {maximum: noMaximum},
		"istio.networking.v1alpha3.WarmupConfiguration.duration":                                     {rules: []celRule{celDuration}},
		"istio.networking.v1alpha3.WarmupConfiguration.minimumPercent":                               {maximum: 100},
		"istio.networking.v1alpha3.ZoneAwareLoadBalancerSetting.minClusterSize":                      {minimum: 1},
		"istio.networking.v1beta1.ProxyConfig.concurrency":                                           {maximum: noMaximum},
		"istio.networking.v1beta1.ProxyConfig.environmentVariables[]":                                {maxLength: 2048},
	}
}

// telemetryLimits are those of telemetry and of extensions.
func telemetryLimits() map[string]limits {
	return map[string]limits{
		"istio.extensions.v1alpha1.EnvVar":                           {required: []string{"name"}, rules: []celRule{celInlineValue}},
		"istio.extensions.v1alpha1.EnvVar.name":                      {minLength: 1, maxLength: 256},
		"istio.extensions.v1alpha1.EnvVar.value":                     {maxLength: 2048},
		"istio.extensions.v1alpha1.LuaConfig":                        {required: []string{"inlineCode"}},
		"istio.extensions.v1alpha1.LuaConfig.inlineCode":             {minLength: 1, maxLength: 65536},
		"istio.extensions.v1alpha1.TrafficExtension":                 {rules: []celRule{celOneSelectorTarget, celOnePlugin}},
		"istio.extensions.v1alpha1.TrafficExtension.targetRefs":      {maxEntries: 16},
		"istio.extensions.v1alpha1.TrafficSelector.ports":            {key: "number"},
		"istio.extensions.v1alpha1.WasmConfig":                       {required: []string{"url"}},
		"istio.extensions.v1alpha1.WasmConfig.imagePullSecret":       {minLength: 1, maxLength: 253},
		"istio.extensions.v1alpha1.WasmConfig.pluginName":            {minLength: 1, maxLength: 256},
		"istio.extensions.v1alpha1.WasmConfig.sha256":                {pattern: `(^$|^[a-f0-9]{64}$)`},
		"istio.extensions.v1alpha1.WasmConfig.url":                   {minLength: 1, rules: []celRule{celPluginURL}},
		"istio.extensions.v1alpha1.VmConfig.env":                     {maxEntries: 256, key: "name"},
		"istio.extensions.v1alpha1.WasmPlugin":                       {required: []string{"url"}, rules: []celRule{celOneTarget}},
		"istio.extensions.v1alpha1.WasmPlugin.TrafficSelector.ports": {key: "number"},
		"istio.extensions.v1alpha1.WasmPlugin.imagePullSecret":       {minLength: 1, maxLength: 253},
		"istio.extensions.v1alpha1.WasmPlugin.pluginName":            {minLength: 1, maxLength: 256},
		"istio.extensions.v1alpha1.WasmPlugin.sha256":                {pattern: `(^$|^[a-f0-9]{64}$)`},
		"istio.extensions.v1alpha1.WasmPlugin.targetRefs":            {maxEntries: 16},
		"istio.extensions.v1alpha1.WasmPlugin.url":                   {minLength: 1, rules: []celRule{celPluginURL}},
		"istio.telemetry.v1alpha1.MetricSelector.customMetric":       {minLength: 1},
		"istio.telemetry.v1alpha1.Metrics.reportingInterval":         {rules: []celRule{celDuration}},
		"istio.telemetry.v1alpha1.MetricsOverrides.TagOverride":      {rules: []celRule{celUpsertValue, celRemoveValue}},
		"istio.telemetry.v1alpha1.ProviderRef":                       {required: []string{"name"}},
		"istio.telemetry.v1alpha1.ProviderRef.name":                  {minLength: 1},
		"istio.telemetry.v1alpha1.Telemetry":                         {rules: []celRule{celOneTarget}},
		"istio.telemetry.v1alpha1.Telemetry.targetRefs":              {maxEntries: 16},
		"istio.telemetry.v1alpha1.Tracing.Environment":               {required: []string{"name"}},
		"istio.telemetry.v1alpha1.Tracing.Environment.name":          {minLength: 1},
		"istio.telemetry.v1alpha1.Tracing.Formatter":                 {required: []string{"value"}},
		"istio.telemetry.v1alpha1.Tracing.Formatter.value":           {minLength: 1},
		"istio.telemetry.v1alpha1.Tracing.Literal":                   {required: []string{"value"}},
		"istio.telemetry.v1alpha1.Tracing.Literal.value":             {minLength: 1},
		"istio.telemetry.v1alpha1.Tracing.RequestHeader":             {required: []string{"name"}},
		"istio.telemetry.v1alpha1.Tracing.RequestHeader.name":        {minLength: 1},
		"istio.telemetry.v1alpha1.Tracing.randomSamplingPercentage":  {maximum: 100},
	}
}
