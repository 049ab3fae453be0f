package main

import "embed"

// example is a small shop's cluster: what is asked about when no PATH is named.
//
//go:embed example
var example embed.FS
