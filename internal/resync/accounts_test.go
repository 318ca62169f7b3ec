package resync_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/invocation"
	"portolan/internal/resync"
	"portolan/internal/secret"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

func roleIn(account string) string { return "arn:aws:iam::" + account + ":role/" + role }

// reading makes the settings of the accounts what they are to be.
func (w *world) reading(o account.Options) {
	o.ExternalID = secret.Text(externalID)
	w.deps.Directory = func(_ context.Context, _ string, options func(*middleware.Stack) error) (resync.Directory, error) {
		return account.New(w.base(options, w.transport), o), nil
	}
}

// TestAccountsThatSettingsNoLongerName changes the accounts that are read after a first run
// of both. An account that is not named any more goes only if every one that is named
// exists, for all that the run knows.
func TestAccountsThatSettingsNoLongerName(t *testing.T) {
	t.Parallel()
	const nobody = "222222222223"
	for name, test := range map[string]struct {
		options account.Options
		change  func(*world)
		stay    bool // what is in the member
		member  bool // the member as a resource of the Organization
	}{
		"one of two roles":            {account.Options{RoleARNs: []string{roleIn(management)}}, nil, false, true},
		"one of them misspelt":        {account.Options{RoleARNs: []string{roleIn(management), roleIn(nobody)}}, nil, true, true},
		"the identity's own account":  {account.Options{}, nil, true, true},
		"an account that is excluded": {account.Options{RoleARN: roleIn(management), Exclude: []string{member}}, nil, false, true},
		"one excluded that is nobody": {account.Options{RoleARN: roleIn(management), Exclude: []string{nobody}}, nil, true, true},
		"one that is in no Organization, before one that is": {account.Options{RoleARNs: []string{roleIn(management), roleIn(member)}}, func(w *world) {
			w.aws.Inject(awssim.Fault{
				Account: management, Service: "organizations", Effect: awssim.Refuse, Status: 400, Code: "AWSOrganizationsNotInUseException", Times: -1,
			})
		}, true, true},
		"no Organization any more": {account.Options{RoleARN: roleIn(management)}, func(w *world) {
			w.aws.Inject(awssim.Fault{Service: "organizations", Effect: awssim.Refuse, Status: 400, Code: "AWSOrganizationsNotInUseException", Times: -1})
		}, true, true},
	} {
		for _, store := range []state.Store{state.NewMemory(), nil} {
			mode := " with a state"
			if store == nil {
				mode = " without"
			}
			t.Run(name+mode, func(t *testing.T) {
				t.Parallel()
				e := estate()
				e.Organization.DelegatedAdministrators = []string{member}
				w := newWorld(t, e, quickRetries, func(d *resync.Deps) { d.State = store })
				if len(test.options.RoleARNs) > 0 {
					w.reading(account.Options{RoleARNs: []string{roleIn(management), roleIn(member)}})
				}
				w.run(invocation.Request{})
				queue, id := arn(member, w.queue(member, "eu-west-1")), member
				if !slices.Contains(w.identifiers("sqsQueue"), queue) {
					t.Fatal("not there at first")
				}
				w.reading(test.options)
				if test.change != nil {
					test.change(w)
				}
				r := w.run(invocation.Request{AllowMassDelete: true})
				if stays := slices.Contains(w.identifiers("sqsQueue"), queue); stays != test.stay {
					t.Errorf("%s (%s): a queue of the account stays: %v; deletes %+v", r.Status, r.Reason, stays, r.Deletes)
				}
				if stays := slices.Contains(w.identifiers("organizationsAccount"), id); test.member && !stays {
					t.Errorf("%s (%s): the account's entity is gone; deletes %+v", r.Status, r.Reason, r.Deletes)
				}
			})
		}
	}
}
