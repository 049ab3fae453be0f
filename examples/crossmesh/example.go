package main

import "embed"

// example is one shop, and what each mesh adds to it: a control plane and policies that ask for the same.
//
//go:embed example
var example embed.FS
