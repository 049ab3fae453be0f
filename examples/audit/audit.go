package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/suite"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
)

// audit is the whole of the library in one function: manifests and a record go in, findings with
// reasons come out. What is wrong with the input is part of the result; an error means that there
// is none.
func audit(ctx context.Context, opts options, stdin io.Reader, progress *progress) (report.Input, error) {
	meshes, err := adapters(opts)
	if err != nil {
		return report.Input{}, err
	}

	// Load: only the kinds that somebody reads are kept, all others are counted.
	snap, err := loadManifests(ctx, opts, snapshot.Options{
		Keep:     mesh.Reads(meshes...),
		Stdin:    stdin,
		Progress: progress.loaded,
	})
	if err != nil {
		return report.Input{}, err
	}
	record, issues, err := loadRecord(ctx, opts)
	if err != nil {
		return report.Input{}, err
	}
	progress.done()

	// Build: the posture of every workload, by each mesh that shows in the manifests.
	graph, err := mesh.Build(ctx, snap, mesh.Detect(snap, meshes...)...)
	if err != nil {
		return report.Input{}, err
	}

	// Check: the posture by itself, and against the record.
	checks := suite.All()
	if record != nil {
		checks = append(checks, drift.Checks(record)...)
		issues = append(issues, decision.Validate(record, decision.ValidateOptions{Now: decision.DateOf(opts.now)})...)
	}
	result, err := check.Run(ctx, graph, check.Options{Now: opts.now}, checks...)
	if err != nil {
		return report.Input{}, err
	}

	return report.Input{
		Graph: graph, Skipped: snap.Skipped(), Record: record, RecordIssues: issues, Result: result, Now: opts.now,
	}, nil
}

func loadManifests(ctx context.Context, opts options, how snapshot.Options) (manifests, error) {
	if len(opts.paths) == 0 {
		snap, err := snapshot.LoadFS(ctx, example, how, exampleCluster)
		return manifests{snap, nil}, err
	}
	snap, err := snapshot.Load(ctx, how, opts.paths...)
	return manifests{snap, opts.recordPaths()}, err
}

// loadRecord reads the record that was named, or else those that lie among the manifests. Nil means
// that there is none.
func loadRecord(ctx context.Context, opts options) (*decision.Set, []decision.Issue, error) {
	if len(opts.paths) == 0 && len(opts.records) == 0 {
		return decision.LoadFS(ctx, example, exampleRecord)
	}
	set, issues, err := decision.Load(ctx, opts.recordPaths()...)
	if err != nil || len(opts.records) > 0 {
		return set, issues, err
	}
	// Nobody said that there is a record in the directories.
	issues = slices.DeleteFunc(issues, func(i decision.Issue) bool {
		return i.Code == decision.CodeNoRecord && slices.ContainsFunc(opts.paths, func(path string) bool {
			return filepath.Clean(path) == filepath.Clean(i.Pos.File)
		})
	})
	if len(issues) > 0 {
		return set, issues, nil
	}
	for range set.Decisions() {
		return set, nil, nil
	}
	for range set.Registers() {
		return set, nil, nil
	}
	return nil, nil, nil
}
