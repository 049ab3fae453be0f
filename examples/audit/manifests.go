package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// manifests is a snapshot of directories in which record files lie, too. Package decision reads
// those and says what is wrong with them; that they are no Kubernetes objects is not worth saying.
type manifests struct {
	*snapshot.Snapshot
	records []string // files and directories in which records were read
}

var _ mesh.Objects = manifests{}

// Problems leaves out those with record files.
func (m manifests) Problems() []source.Problem {
	return slices.DeleteFunc(m.Snapshot.Problems(), func(p source.Problem) bool { return m.isRecord(p.Pos.File) })
}

// Skipped leaves out record files.
func (m manifests) Skipped() []snapshot.Skipped {
	return slices.DeleteFunc(m.Snapshot.Skipped(), func(s snapshot.Skipped) bool { return m.isRecord(s.Pos.File) })
}

func (m manifests) isRecord(file string) bool {
	if !strings.HasSuffix(file, decision.Suffix) {
		return false
	}
	return slices.ContainsFunc(m.records, func(record string) bool {
		below, err := filepath.Rel(record, file)
		return err == nil && filepath.IsLocal(below)
	})
}
