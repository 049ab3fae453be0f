package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/report"
)

// options are what the command line asks for.
type options struct {
	paths      []string // manifests; none means the example
	records    []string // none means those among the manifests
	meshConfig string   // a file; empty means that the ConfigMap counts
	// linkerdVersion is the release of Linkerd's control plane; empty means what the manifests say.
	linkerdVersion string
	secrets        bool // look at the Secrets that hold the mesh's public certificates
	now            time.Time
	json           bool
	verbose        bool
	never          bool // findings do not fail
	kinds          bool // list what is read instead of judging anything
	threshold      report.Threshold
}

const usage = `usage: audit [flags] [PATH…|-]

Judges the service mesh of a cluster from manifests or a dump: who is inside the mTLS perimeter, who
is not and why, and where the decision record and reality differ. Without PATH it judges its example.

exit status: 0 nothing at or above -fail-on, 1 findings, 2 the job could not be done

flags:
`

// parse reads the command line. Its only output is the usage, for -h.
func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	now, output, failOn := "", "text", check.High.String()
	fs := flag.NewFlagSet("audit", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Func("record", "record `file` or directory; may be given several times; without it, the *"+decision.Suffix+" files below the PATHs", func(s string) error {
		opts.records = append(opts.records, s)
		return nil
	})
	fs.StringVar(&now, "now", now, "`date` that counts as today, YYYY-MM-DD")
	fs.StringVar(&output, "o", output, "output `form`: text or json")
	fs.StringVar(&failOn, "fail-on", failOn, "lowest `severity` that gives exit status 1: info, low, medium, high, critical or never")
	fs.BoolVar(&opts.threshold.FailUndecided, "fail-on-undecided", false, "give exit status 1 also when something could not be decided, or objects may have been lost in broken input")
	fs.StringVar(&opts.meshConfig, "mesh-config", "", "`file` with Istio's MeshConfig, instead of the ConfigMap")
	fs.StringVar(&opts.linkerdVersion, "linkerd-version", "", "`release` of Linkerd's control plane, such as 2.18 or edge-25.4.4, where the manifests do not tell it")
	fs.BoolVar(&opts.secrets, "secrets", false, "look at the Secrets of the mesh's authority, for its public certificates; private keys are passed over")
	fs.BoolVar(&opts.verbose, "v", false, "fold no lists")
	fs.BoolVar(&opts.kinds, "kinds", false, "list the resources that are read, as kubectl api-resources names them, and judge nothing")
	if err := fs.Parse(args); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // the package returns it as it is
			say(stderr, usage)
			fs.SetOutput(stderr)
			fs.PrintDefaults()
		}
		return options{}, err
	}
	if err := opts.positional(fs.Args()); err != nil {
		return options{}, err
	}
	return opts, opts.words(now, output, failOn)
}

// positional sorts the arguments into manifests and records.
func (o *options) positional(args []string) error {
	for _, a := range args {
		switch {
		case a == "-" && slices.Contains(o.paths, a):
			return errors.New("standard input (-) is named twice")
		case len(a) > 1 && a[0] == '-':
			return fmt.Errorf("%s stands behind a PATH: flags come first, and a file of that name is ./%s", a, a)
		}
		if strings.HasSuffix(a, decision.Suffix) {
			o.records = append(o.records, a)
			continue
		}
		o.paths = append(o.paths, a)
	}
	if slices.Contains(o.records, "-") {
		return errors.New("-record -: a record is read from files only")
	}
	return nil
}

// words reads the flags that take one of several words.
func (o *options) words(now, output, failOn string) (err error) {
	switch output {
	case "text", "json":
		o.json = output == "json"
	default:
		return fmt.Errorf("-o %q: want text or json", output)
	}
	o.now = time.Now().UTC()
	if now != "" {
		if o.now, err = time.Parse(time.DateOnly, now); err != nil {
			return fmt.Errorf("-now %q: want a date as in 2023-10-02", now)
		}
	}
	if failOn == "never" {
		o.never = true
		return nil
	}
	if o.threshold.FailOn, err = check.ParseSeverity(failOn); err != nil || o.threshold.FailOn == check.SeverityNone {
		return fmt.Errorf("-fail-on %q: want info, low, medium, high, critical or never", failOn)
	}
	return nil
}

// status is the exit status. With -fail-on never only a failure counts.
func (o options) status(result report.Input) int {
	status := report.ExitStatus(result, o.threshold)
	if o.never && status == report.ExitFindings {
		return report.ExitOK
	}
	return status
}

// recordPaths are where records are read: those that are named, or else the directories among the
// PATHs.
func (o options) recordPaths() []string {
	if len(o.records) > 0 {
		return o.records
	}
	var dirs []string
	for _, p := range o.paths {
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			dirs = append(dirs, p)
		}
	}
	return dirs
}
