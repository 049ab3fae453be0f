package checktest

// Pod writes a pod of namespace shop with the label app of its own name, these annotations, and a
// container that declares port 8080.
func Pod(name, annotations string) string {
	return `apiVersion: v1
kind: Pod
metadata: {name: ` + name + `, namespace: shop, labels: {app: ` + name + `}, annotations: {` + annotations + `}}
spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}
---
`
}

// Service writes a Service of namespace shop that sends port 80 to the pods of the app cart.
func Service(name, kind string) string {
	return `apiVersion: v1
kind: Service
metadata: {name: ` + name + `, namespace: shop}
spec: {type: ` + kind + `, selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
---
`
}

// Policy writes a policy of the toy mesh in namespace shop.
func Policy(name, spec string) string {
	return "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n---\n"
}
