package snapshot

import "testing"

func TestTemplates(t *testing.T) {
	t.Parallel()
	deployment := func(spec string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: s}\nspec:\n  " + spec + "\n"
	}
	kept := []string{"in:1 Deployment/s/a v1"}
	runCases(t, Options{}, []readCase{
		{"value", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n", []string{
			"in:4: skipped template: not YAML before it is rendered: line 4: a mapping key must be a scalar",
		}},
		{"line", "{{- if .Values.on }}\n" + pod("a") + "{{- end }}\n", []string{
			"in:1: skipped template: not YAML before it is rendered: line 1: did not find expected node content",
		}},
		{"neighbours are loaded", pod("a") + "---\nkind: {{ .x }}\n---\n" + pod("b"), []string{
			"in:1 Pod/s/a v1", "in:5 Pod/s/b v1",
			"in:3: skipped template: not YAML before it is rendered: line 3: a mapping key must be a scalar",
		}},
		{"quoted name", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{{ .Release.Name }}-a\"\n", []string{
			`in:4:3: skipped template: metadata.name is not final: "{{ .Release.Name }}-a"`,
		}},
		{"quoted kind", "apiVersion: v1\nkind: \"{{ .Values.kind }}\"\nmetadata: {name: a}\n", []string{
			`in:2:1: skipped template: kind is not final: "{{ .Values.kind }}"`,
		}},
		{"label", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: \"{{ x }}\"}}\n", []string{
			`in:3:30: skipped template: metadata.labels.app is not final: "{{ x }}"`,
		}},
		{"label's name", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {\"{{ x }}\": b}}\n", []string{
			`in:3:30: skipped template: metadata.labels.{{ x }} is not final: "{{ x }}"`,
		}},
		{"field", deployment("replicas: '{{ .Values.n }}'"), []string{`in:5:3: skipped template: spec.replicas is not final: "{{ .Values.n }}"`}},
		{"variable", deployment("template: {spec: {containers: [{name: a, image: \"x:${TAG}\"}]}}"), []string{
			`in:5:44: skipped template: spec.template.spec.containers[0].image is not final: "x:${TAG}"`,
		}},
		{"CI variable", deployment("replicas: ${{ inputs.n }}"), []string{`in:5:3: skipped template: spec.replicas is not final: "${{ inputs.n }}"`}},
		{"shell in commands", deployment("template: {spec: {containers: [{name: a, command: [sh, -c, \"echo ${HOME}\"], args: [\"{{x}}\"], env: [{name: X, value: \"${Y}\"}]}]}}"), kept},
		{"the name of a variable is none", deployment("template: {spec: {containers: [{name: a, env: [{name: \"${X}\", value: y}]}]}}"), []string{
			`in:5:51: skipped template: spec.template.spec.containers[0].env[0].name is not final: "${X}"`,
		}},
		{"numbered groups are no variables", deployment("template: {x: \"/${1}\"}"), kept},
		{"several lines are text", deployment("template: {x: \"a\\n{{ b }}\\n${C}\"}"), kept},
		{"an agent's annotation", deployment("template: {metadata: {annotations: {vault: \"{{ with secret }}x{{ end }}\"}}}"), kept},
		{"Helm's annotation", deployment("template: {metadata: {annotations: {me: \"x-{{ .Values.inject }}\"}}}"), []string{
			`in:5:39: skipped template: spec.template.metadata.annotations.me is not final: "x-{{ .Values.inject }}"`,
		}},
		{"annotation that is one action", deployment("template: {metadata: {annotations: {me: \"{{ inject }}\"}}}"), []string{
			`in:5:39: skipped template: spec.template.metadata.annotations.me is not final: "{{ inject }}"`,
		}},
		{"variable in an annotation", deployment("template: {metadata: {annotations: {host: \"a.${DOMAIN}\"}}}"), []string{
			`in:5:39: skipped template: spec.template.metadata.annotations.host is not final: "a.${DOMAIN}"`,
		}},
		{"what kubectl applied last", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  namespace: s\n  annotations: {last: '{\"args\":[\"${X}\",\"{{y}}\"]}'}\n", kept},
		{"data of a ConfigMap", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: s}\ndata: {config: \"{{ .Values.x }} ${Y}\"}\n", []string{"in:1 ConfigMap/s/a v1"}},
		{"lines of a template in a ConfigMap", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: s}\ndata:\n  config: |\n    {{- if x }}\n    a: {{ b }}\n", []string{"in:1 ConfigMap/s/a v1"}},
		{"a controller's own templates", "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a, namespace: s}\nspec: {data: \"{{ .password }}\"}\n", []string{"in:1 ExternalSecret/s/a v1"}},
		{"but not its name", "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: \"${A}\", namespace: s}\n", []string{
			`in:3:12: skipped template: metadata.name is not final: "${A}"`,
		}},
	})
}
