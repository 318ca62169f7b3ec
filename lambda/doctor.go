package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go/middleware"
	"github.com/spf13/cobra"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/refresh"
	"portolan/internal/resync"
)

const doctorAbout = `Look at everything that a run needs, and say what is wrong and how to fix it.

Settings, secret, Port, mapping and blueprints, AWS credentials, Organization, the
role in every account, regions, the state, and the calls of each kind in each
account, for the smallest page. It writes nothing into Port, and into the state
only a probe that it removes.

Exit codes: 0 all is well, 1 a run could do nothing, 2 wrong usage or settings,
3 a run would work, but not for everything.`

// lookingLimits keep a call that is refused for its rate from being repeated as long as
// a run repeats it: somebody waits.
var lookingLimits = resync.Limits{Limits: call.Limits{Attempts: 4, Backoff: 5 * time.Second}}

// examine looks at everything.
func (a *app) examine(ctx context.Context, request invocation.Request, progress *doctor.Progress) *doctor.Diagnosis {
	deps := doctor.Deps{
		AWSSide: doctor.AWSSide{
			Directory: a.doctorDirectory, Offered: a.offered, Kinds: kinds.All, More: cloudcontrol.Find, Rates: rates(),
			Limits: lookingLimits, Regions: a.settings.AWS.Regions, BulkTags: a.settings.AWS.BulkTags,
		},
		PortSide: doctor.PortSide{
			Credentials: a.portCredentials, Port: a.port, Defaults: a.initial().Blueprints,
			Integration: a.settings.Integration.Identifier, Type: a.settings.Integration.Type,
		},
		State: a.stateStore, Log: a.log, Progress: progress, Program: version, Remarks: a.settings.Warnings, Limit: resync.LongestInvocation,
	}
	if end, ok := ctx.Deadline(); ok && a.settings.InLambda {
		deps.Limit = time.Until(end)
	}
	if a.settings.InLambda {
		deps.Quota = a.quota
	}
	if a.settings.Schedule.Events.Queue != "" {
		deps.Events = &doctor.Events{Queue: a.settings.Schedule.Events.Queue, Function: a.settings.InLambda, Config: a.eventConfig}
	}
	return doctor.Examine(ctx, deps, request)
}

// quota asks Lambda what the functions of this account may do at a time.
func (a *app) quota(ctx context.Context) (doctor.Quota, error) {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return doctor.Quota{}, err
	}
	has, err := lambda.NewFromConfig(base).GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil {
		return doctor.Quota{}, err
	}
	q := doctor.Quota{Wanted: 1}
	if os.Getenv("PORTOLAN_SCALE_CONCURRENCY") != "" { // which a deployment sets for distributed runs only
		q.Wanted += a.settings.ScaleConcurrency
	}
	if limit := has.AccountLimit; limit != nil {
		q.Concurrent, q.Free = int(limit.ConcurrentExecutions), int(aws.ToInt32(limit.UnreservedConcurrentExecutions))
	}
	return q, nil
}

// eventConfig returns the configuration of the base identity in the region of the queue of events.
func (a *app) eventConfig(ctx context.Context) (aws.Config, error) {
	base, err := a.baseConfig(ctx)
	return refresh.At(base, a.settings.Schedule.Events.Queue), err
}

func (a *app) doctorDirectory(ctx context.Context, name string, apiOptions func(*middleware.Stack) error) (doctor.Directory, error) {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return nil, err
	}
	base.APIOptions = append(base.APIOptions, apiOptions)
	options := a.accountOptions()
	options.SessionName = "portolan-" + name
	return account.New(base, options), nil
}

// leastLook is the shortest time for the doctor: it reserves some of it to report what
// it found.
const leastLook = 5 * time.Second

// doctorCommand looks for what would keep a run from working.
func doctorCommand(sh *shell) *cobra.Command {
	request := invocation.Request{Action: invocation.Doctor, Trigger: invocation.CLI}
	var (
		output  string
		timeout time.Duration
	)
	c := &cobra.Command{
		Use: "doctor", Short: "Look for what would keep a run from working, and say how to fix it", Long: doctorAbout, Args: noArgs,
		Example: "  portolan doctor\n  portolan doctor --accounts 111122223333 --every-region --output json",
	}
	flags := c.Flags()
	request.Looking(flags)
	flags.StringVar(&output, "output", "table", "how to print what is found: table or json")
	flags.DurationVar(&timeout, "timeout", 0, "end before this much time is over, and say what was not looked at")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		err := errors.Join(invocation.CheckFlags(c.Flags()), request.Check(cloudcontrol.Check), checkTimeout(c.Flags(), leastLook))
		if err != nil {
			return err
		}
		ctx := c.Context()
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		diagnosis := look(ctx, sh, request)
		sh.code = diagnosis.ExitCode()
		return printResult(c.OutOrStdout(), diagnosis, output)
	}
	return c
}

// look looks at everything, and shows meanwhile how far it is.
func look(ctx context.Context, sh *shell, request invocation.Request) *doctor.Diagnosis {
	a, err := newApp(sh.environ, sh.errOut)
	if err != nil {
		return doctor.Refuse(version, err)
	}
	defer a.close()
	progress := &doctor.Progress{}
	stop := follow(sh.errOut, a.log, func() (string, []any) {
		entered, accounts, done, probes := progress.AccountsEntered.Load(), progress.Accounts.Load(), progress.ProbesDone.Load(), progress.Probes.Load()
		return fmt.Sprintf("looking: %d/%d accounts entered, %d/%d kinds tried", entered, accounts, done, probes),
			[]any{"accounts", entered, "ofAccounts", accounts, "kinds", done, "ofKinds", probes}
	})
	defer stop()
	return a.examine(ctx, request, progress)
}
