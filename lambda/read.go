package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/call"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/resync"
	"portolan/internal/settings"
)

const aboutRead = `Read resources of a kind, and print their documents: one JSON object on a line.

It reads as a run does, with the AWS credentials of the shell: its own account, or the
accounts that the settings name. Port is not needed, and nothing is written anywhere.
What a document holds may be confidential: nothing of it is masked here.

portolan map maps what it prints:

  portolan read AWS::SQS::Queue --limit 1 | portolan map --mapping mapping.yml

What cannot be read goes to standard error, with its cause.

Exit codes: 0 done, 1 nothing could be read, 2 wrong usage or settings, 3 some of it.`

// sample is what somebody wants to see of a kind.
type sample struct {
	kind              *kind.Kind
	accounts, regions []string
	actions           []string
	limit             int

	out, notes io.Writer
	printed    int
	unread     int // places that were not read to their end
}

// readCommand prints documents.
func readCommand(sh *shell) *cobra.Command {
	s := &sample{}
	c := &cobra.Command{
		Use: "read KIND", Short: "Print the documents of AWS resources, without Port", Long: aboutRead, Args: exactlyOne("KIND"),
		Example: "  portolan read AWS::SQS::Queue --regions eu-west-1 --limit 3\n  portolan read AWS::ECS::Service --include-actions GetServiceTagsAction",
	}
	flags := c.Flags()
	invocation.List(flags, &s.accounts, "accounts", "read only these accounts, by id")
	invocation.List(flags, &s.regions, "regions", "read only these regions")
	invocation.List(flags, &s.actions, "include-actions", "make these optional calls too, as includeActions of a mapping")
	flags.IntVar(&s.limit, "limit", 0, "stop after this many documents; 0 prints all")
	c.RunE = func(c *cobra.Command, args []string) error {
		if s.kind, _ = cloudcontrol.Resolve(args[0]); s.kind == nil {
			return fmt.Errorf("you name %w", cloudcontrol.Unreadable(args[0]))
		}
		if err := errors.Join(invocation.CheckFlags(flags), s.check()); err != nil {
			return err
		}
		of, err := loadSettings(sh.environ, settings.LoadAWS)
		if err != nil {
			return fmt.Errorf("the settings are wrong:\n%w", err)
		}
		a := &app{settings: of, log: newLog(of, sh.errOut, nil)}
		s.out, s.notes = c.OutOrStdout(), c.ErrOrStderr()
		if err := a.sample(c.Context(), s); err != nil {
			sh.code = exitFailed
			return err
		}
		if s.printed == 0 && s.unread == 0 {
			s.note("There is no %s where it was looked.", s.kind.Type)
		}
		switch {
		case s.unread > 0 && s.printed == 0:
			sh.code = exitFailed
		case s.unread > 0:
			sh.code = exitIncomplete
		}
		return nil
	}
	return c
}

func (s *sample) check() error {
	var problems []error
	for _, id := range s.accounts {
		if !awsname.IsAccountID(id) {
			problems = append(problems, fmt.Errorf("--accounts holds %q; an account's id has twelve digits", id))
		}
	}
	for _, region := range s.regions {
		if !awsname.IsRegion(region) {
			problems = append(problems, fmt.Errorf("--regions holds %q; a region is called like eu-west-1", region))
		}
	}
	if s.limit < 0 {
		problems = append(problems, fmt.Errorf("--limit is %d; it should be 0 or more", s.limit))
	}
	known := s.kind.OptionalNames()
	for _, action := range s.actions {
		if !slices.Contains(known, action) {
			problems = append(problems, fmt.Errorf("--include-actions holds %q; %s has %s", action, s.kind.Type, orNone(known)))
		}
	}
	return errors.Join(problems...)
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "no optional calls"
	}
	return strings.Join(names, ", ")
}

// full says whether enough was printed.
func (s *sample) full() bool { return s.limit > 0 && s.printed >= s.limit }

// sample reads what somebody wants to see, one place after the other.
func (a *app) sample(ctx context.Context, s *sample) error {
	gate := call.NewGate(lookingLimits.Limits, rates(), a.log)
	directory, err := a.directory(ctx, "read", gate.Base())
	if err != nil {
		return diag.With(diag.BaseIdentity, err)
	}
	listing, err := directory.List(ctx)
	if err != nil {
		return err
	}
	accounts := slices.DeleteFunc(slices.Clone(listing.Accounts), func(of account.Account) bool {
		return len(s.accounts) > 0 && !slices.Contains(s.accounts, of.ID)
	})
	if s.kind.Scope == kind.Management && len(s.accounts) == 0 && listing.Lister != nil {
		accounts = []account.Account{*listing.Lister}
	}
	if len(accounts) == 0 {
		return fmt.Errorf("the settings include none of the accounts %s", strings.Join(s.accounts, ", "))
	}
	for _, of := range accounts {
		if s.full() || ctx.Err() != nil {
			break
		}
		session, err := directory.Enter(ctx, of)
		if err != nil {
			s.miss(of.ID, "", err)
			continue
		}
		for _, region := range s.places(ctx, directory, session) {
			if s.full() {
				break
			}
			target := kind.Target{
				Account: session.Account.ID, AccountName: session.Account.Name, Region: region, Partition: session.Partition,
				Config: gate.Config(session.Config, session.Account.ID, region, s.kind.Service.Prefix, nil),
			}
			if a.settings.History.Span > 0 {
				target.Since = time.Now().Add(-a.settings.History.Span).Truncate(time.Second)
			}
			if err := s.read(ctx, target); err != nil {
				return err
			}
		}
		if s.kind.Scope == kind.Management {
			break // the others would say the same
		}
	}
	return ctx.Err()
}

// places returns the regions of an account in which the kind is read.
func (s *sample) places(ctx context.Context, directory resync.Directory, session *account.Session) []string {
	switch {
	case s.kind.Home != nil:
		return []string{s.kind.Home(session.Partition)}
	case s.kind.Scope != kind.Regional:
		return []string{session.Config.Region}
	}
	enabled, err := directory.Regions(ctx, session)
	if err != nil {
		s.miss(session.Account.ID, "", err)
		return nil
	}
	left := slices.DeleteFunc(enabled, func(region string) bool { return len(s.regions) > 0 && !slices.Contains(s.regions, region) })
	if len(left) == 0 {
		s.note("account %s has enabled none of the regions %s", session.Account.ID, strings.Join(s.regions, ", "))
		s.unread++
	}
	return left
}

// inMemory is how many resources are held at a time: more than any page has.
const inMemory = 2000

// read prints the documents of one place.
func (s *sample) read(ctx context.Context, t kind.Target) error {
	failed := false
	for document, err := range s.kind.Read(ctx, t, kind.Options{Actions: s.actions, Parallel: 1, Budget: kind.NewRoom(inMemory)}) {
		if err != nil {
			if !failed {
				s.unread++
			}
			failed = true
			s.miss(t.Account, t.Region, err)
			continue
		}
		var line bytes.Buffer
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(document); err != nil {
			return err
		}
		if _, err := s.out.Write(plain.JSON(line.Bytes())); err != nil {
			return err
		}
		if s.printed++; s.full() {
			break
		}
	}
	return nil
}

// miss notes what could not be read. An account counts as one place.
func (s *sample) miss(id, region string, err error) {
	where := "account " + id
	if region != "" {
		where += ", " + region
	} else {
		s.unread++
	}
	text := awserr.Message(err)
	if fix := awserr.Fix(err); fix != "" {
		text += "; " + fix
	}
	s.note("%s: %s", where, text)
}

func (s *sample) note(format string, values ...any) {
	_, _ = io.WriteString(s.notes, noted(s.notes, fmt.Sprintf(format, values...)))
}
