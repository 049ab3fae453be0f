package main

import "embed"

// example is a small company's cluster and its record: what is judged when no PATH is named.
//
//go:embed example
var example embed.FS

const (
	exampleCluster = "example/cluster"
	exampleRecord  = "example/decision"
)
