package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/snapshot"
)

// manifests is a snapshot of directories in which records lie, too. That one which was read as a
// record was skipped as a manifest is not worth saying.
type manifests struct {
	*snapshot.Snapshot
	records []string // files and directories in which records were read
}

// Skipped leaves out the records that were read.
func (m manifests) Skipped() []snapshot.Skipped {
	return slices.DeleteFunc(m.Snapshot.Skipped(), func(s snapshot.Skipped) bool {
		return s.Reason == snapshot.ReasonRecord && slices.ContainsFunc(m.records, func(record string) bool {
			below, err := filepath.Rel(record, s.Pos.File)
			return err == nil && (below == "." || filepath.IsLocal(below) && strings.HasSuffix(below, decision.Suffix))
		})
	})
}
