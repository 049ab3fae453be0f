package istio

func (b *boundaryCompiler) gatewayAPI() {}
