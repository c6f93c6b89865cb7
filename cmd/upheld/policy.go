package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/internal/config"
)

type policyCommand struct {
	List  policyListCommand  `cmd:"" help:"List the documents of promises that ship, and those that the configuration puts in force."`
	Show  policyShowCommand  `cmd:"" help:"Print the promises of a document, or the document itself."`
	Check policyCheckCommand `cmd:"" help:"Validate a document: every problem with its line."`
	New   policyNewCommand   `cmd:"" help:"Print a document to begin with."`
}

// optional is the configuration where one is given or stands in this folder;
// else empty.
func (c configFile) optional() string {
	if c.Config == "" && !exists(usualFile) {
		return ""
	}
	return c.path()
}

// policyInUse is a document and whether it is in force.
type policyInUse struct {
	name     string
	document *config.Policy
	text     []byte
	inForce  bool
}

// policies are the documents that ship and those of a configuration.
func policies(path string) ([]policyInUse, error) {
	var all []policyInUse
	for _, name := range config.Profiles() {
		policy, _, err := app.CheckPolicy(name, "", time.Now())
		if err != nil {
			return nil, err
		}
		text, _ := config.Profile(name)
		all = append(all, policyInUse{name: name, document: policy, text: text})
	}
	if path == "" {
		return all, nil
	}
	file, err := app.Check(path)
	if err != nil {
		return nil, err
	}
	for _, use := range file.Policies {
		i := slices.IndexFunc(all, func(p policyInUse) bool { return use.File == "" && p.name == use.Profile })
		if i < 0 {
			all = append(all, policyInUse{name: use.Document.Profile, document: use.Document, text: use.Text})
			i = len(all) - 1
		}
		all[i].inForce = true
	}
	return all, nil
}

type policyListCommand struct{ configFile }

// Run prints a line for each document.
func (c policyListCommand) Run(s streams) error {
	all, err := policies(c.optional())
	if err != nil {
		return reported(s, err)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tVERSION\tSINCE\tIN FORCE\tPROMISES\tOF THEM")
	for _, p := range all {
		force := map[bool]string{true: "yes", false: "no"}[p.inForce]
		v := p.document.Version
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", p.name, v.Number, v.From, force, len(p.document.Commitments), kindsOf(p.document))
	}
	return table.Flush()
}

// kindsOf counts a document's promises by kind, the most first; those that are
// explained and not measured by themselves.
func kindsOf(p *config.Policy) string {
	counts := map[string]int{}
	for _, c := range p.Commitments {
		kind := c.Kind
		if c.Terms == nil && kind != "not_software" {
			kind = "not measured"
		}
		counts[kind]++
	}
	var words []string
	for kind := range counts {
		words = append(words, kind)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	for i, kind := range words {
		words[i] = fmt.Sprintf("%d %s", counts[kind], kind)
	}
	return strings.Join(words, ", ")
}

type policyShowCommand struct {
	configFile
	Name string `arg:"" help:"A document that ships, or that the configuration puts in force, or a file."`
	YAML bool   `name:"yaml" help:"Print the document itself."`
}

// Run prints a table of the promises.
func (c policyShowCommand) Run(s streams) error {
	document, text, err := c.find()
	if err != nil {
		return reported(s, err)
	}
	if c.YAML {
		_, err := s.out.Write(text)
		return err
	}
	v := document.Version
	fmt.Fprintf(s.out, "%s, version %s, since %s, approved by %s\n", document.Title, v.Number, v.From, v.Approved)
	if document.Statement != "" {
		fmt.Fprintln(s.out, document.Statement)
	}
	fmt.Fprintln(s.out)
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tKIND\tSTRENGTH\tHELD TO\tPROMISE")
	for _, p := range document.Commitments {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.Kind, p.Strength, heldTo(p), p.Says)
	}
	return table.Flush()
}

// find is the document that is meant.
func (c policyShowCommand) find() (*config.Policy, []byte, error) {
	all, err := policies(c.optional())
	if err != nil && c.Config != "" {
		return nil, nil, err
	}
	for _, p := range all {
		if p.name == c.Name && (p.inForce || slices.Contains(config.Profiles(), c.Name)) {
			return p.document, p.text, nil
		}
	}
	text, err := app.ReadPolicy(c.Name)
	if err != nil {
		return nil, nil, err
	}
	document, _, err := app.CheckPolicy(c.Name, c.optional(), time.Now())
	return document, text, err
}

type policyCheckCommand struct {
	configFile
	File string `arg:"" help:"The document."`
}

// Run prints every problem with its line, or what there is to know of a document
// that is in order.
func (c policyCheckCommand) Run(s streams) error {
	policy, remarks, err := app.CheckPolicy(c.File, c.optional(), time.Now())
	if err != nil {
		return reported(s, err)
	}
	fmt.Fprintf(s.out, "%s (promises: %d; %s): in order\n", c.File, len(policy.Commitments), kindsOf(policy))
	printRemarks(s.out, remarks)
	return nil
}

// printRemarks prints what an author should know.
func printRemarks(w io.Writer, remarks []string) {
	for _, r := range remarks {
		fmt.Fprintf(w, "  remark: %s\n", r)
	}
}

// reported prints the problems of a file as they are, and leaves all other
// errors to the caller.
func reported(s streams, err error) error {
	if problems := (config.Problems)(nil); errors.As(err, &problems) {
		fmt.Fprintln(s.err, problems)
		return errReported
	}
	return err
}

type policyNewCommand struct {
	Name string `arg:"" help:"What it shall be called: small letters, digits and hyphens."`
}

// Run prints the document.
func (c policyNewCommand) Run(s streams) error {
	text, err := config.NewPolicy(c.Name, config.Date(time.Now().Format(time.DateOnly)))
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}
