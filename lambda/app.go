package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/offered"
	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/port/logship"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/resync/reconcile"
	"portolan/internal/settings"
	"portolan/internal/state"
)

// version is set by the build.
var version = "development"

// app is what lives as long as the process: settings, the log, Port's client with
// its token, the connections to AWS.
type app struct {
	settings settings.Settings
	log      *slog.Logger
	shipper  *logship.Shipper // sends the log of a run to Port; nil if that is switched off
	port     *port.Client
	noted    state.Store // which of Port's requests was answered, if no state is kept
	next     time.Time   // when the next run is due, if it is known

	mu     sync.Mutex
	base   *aws.Config // the base identity; nil until it is asked for
	store  state.Store // nil until it is asked for, or if none is kept
	secret string      // Port's client secret as it was last read; "" until then

	waking waking
}

// newApp reads the settings and creates the parts. It makes no calls.
func newApp(environ []string, logTo io.Writer) (*app, error) {
	s, err := loadSettings(environ, settings.Load)
	if err != nil {
		return nil, err
	}
	if err := defaults.Check(s.Integration.InitialKinds, readable); err != nil {
		return nil, diag.With(diag.SettingsWrong, fmt.Errorf("PORTOLAN_INITIAL_KINDS: %w", err))
	}
	a := &app{settings: s, noted: state.NewMemory()}
	if s.Log.ToPort {
		a.shipper = logship.New(source())
	}
	a.log = newLog(s, logTo, a.shipper)
	at, ok := logTo.(*console.Screen)
	for _, warning := range s.Warnings {
		if ok && at.Interactive() {
			_, _ = io.WriteString(at, at.Look().List("! ", plain.Line(warning, longestLogged)))
		} else {
			a.log.Warn(warning)
		}
	}
	a.port, err = port.New(port.Options{
		BaseURL: s.Port.BaseURL, Type: s.Integration.Type, Identifier: s.Integration.Identifier,
		Credentials: a.portCredentials, Secrets: s.Secrets(),
		Defaults: a.initial(), Initialize: s.Integration.Initialize, Empty: s.Integration.StartEmpty,
		Log: a.log, Interactive: ok && at.Interactive(),
	})
	return a, err
}

// loadSettings reads the environment, and says what of it and which files of Ocean's are not read.
func loadSettings(environ []string, load func([]string) (settings.Settings, error)) (settings.Settings, error) {
	folder, _ := os.Getwd()
	files := settings.Files(os.DirFS("/"), cmp.Or(strings.Trim(folder, "/"), "."))
	s, err := load(environ)
	remarks, wrong := settings.Network(environ, os.ReadFile)
	files = append(files, remarks...)
	if wrong != nil {
		err = errors.Join(err, wrong)
	}
	if err != nil {
		for _, file := range files {
			err = fmt.Errorf("%w\n%s", err, file)
		}
		return s, err
	}
	s.Warnings = append(s.Warnings, files...)
	return s, nil
}

// readable says whether a kind can be read in any way.
func readable(kind string) bool {
	k, _ := cloudcontrol.Resolve(kind)
	return k != nil
}

// initial is what a new integration starts with.
func (a *app) initial() port.Defaults {
	return defaults.Of(a.settings.Integration.InitialKinds...)
}

func (a *app) close() { a.port.Close() }

// newLog makes the log, which goes to the shipper too unless that is nil.
func newLog(s settings.Settings, to io.Writer, shipper *logship.Shipper) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.Log.Level, ReplaceAttr: bounded}
	var handler slog.Handler = slog.NewJSONHandler(to, options)
	if s.Log.Format == "text" {
		handler = slog.NewTextHandler(to, options)
	}
	if shipper != nil {
		handler = slog.NewMultiHandler(handler, shipper.Handler(s.Log.Level))
	}
	return slog.New(handler)
}

// longestLogged is how many characters of a text of the log are kept.
const longestLogged = 4000

// bounded cuts a text of a line of the log: strangers write some of them. What controls is
// for the handlers and the writer, which escape and strip it.
func bounded(_ []string, a slog.Attr) slog.Attr {
	switch said := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(plain.Lines(said, longestLogged, ""))
	case error:
		a.Value = slog.StringValue(plain.Lines(said.Error(), longestLogged, ""))
	case []string:
		a.Value = slog.AnyValue(plain.Each(said, func(_, text string) string { return plain.Line(text, longestLogged) }))
	}
	return a
}

// resync is one run.
func (a *app) resync(ctx context.Context, request invocation.Request, progress *resync.Progress) (result *report.Report, err error) {
	deps, err := a.deps(ctx, progress)
	if err != nil {
		return nil, err
	}
	defer a.endLog(ctx, &result)
	return resync.Run(ctx, deps, request)
}

// beginLog brings the log to Port from now on, if it is wanted there.
func (a *app) beginLog() {
	if a.shipper != nil {
		a.shipper.Begin(a.port)
	}
}

// endLog sends the rest of a run's log. The log of a skipped run is not sent.
func (a *app) endLog(ctx context.Context, result **report.Report) {
	if a.shipper != nil {
		a.shipper.End(ctx, *result == nil || (*result).Status != report.Yielded)
	}
}

// step is one invocation of a run that takes several. Its answer goes to the state
// machine that makes the steps.
func (a *app) step(ctx context.Context, s invocation.Step) (answer any, ended *report.Report, err error) {
	deps, err := a.deps(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	var heard *report.Report // its log may be sent to Port
	defer a.endLog(ctx, &heard)
	switch s.Name {
	case invocation.Begin:
		var begun *distributed.Begun
		if begun, err = a.begin(ctx, deps, s); begun != nil {
			answer, heard = begun, begun.Report
		}
	case invocation.Read:
		a.port.Introduce(ctx)
		answer, err = distributed.Read(ctx, deps, s)
	default:
		a.port.Introduce(ctx)
		ended, err = distributed.Finish(ctx, deps, s.Run)
		if ended != nil {
			answer = ended.Within(maxAnswer)
		}
	}
	return answer, ended, err
}

// maxAnswer is how many bytes of a report are passed to the state machine. An execution
// may pass on 256 KiB in total:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxAnswer = 200_000

// rates are those of all services that are read.
func rates() []kind.Rate { return slices.Concat(kinds.Rates, cloudcontrol.Rates) }

// deps are what a run works with.
func (a *app) deps(ctx context.Context, progress *resync.Progress) (resync.Deps, error) {
	store, err := a.stateStore(ctx)
	if err != nil {
		return resync.Deps{}, err
	}
	requests, err := a.requests(ctx)
	if err != nil {
		return resync.Deps{}, err
	}
	d := a.reading(progress)
	d.Port, d.State, d.SyncStatus, d.Requests, d.Writes = a.port, store, a.port, requests, a.beginLog
	d.Deletes = reconcile.Limits{Count: a.settings.Deletes.Count, Share: a.settings.Deletes.Share, After: a.settings.Deletes.After}
	d.Rewrite, d.Defaults = a.settings.State.Rewrite, a.initial().Blueprints
	d.DeleteOlder, d.Coverage = a.settings.History.DeleteOlder, a.settings.Coverage
	d.SendExamples, d.Interval, d.Next = a.settings.Integration.SendExamples, a.settings.Schedule.Interval, a.next
	return d, nil
}

// reading are what a run works with that only reads AWS.
func (a *app) reading(progress *resync.Progress) resync.Deps {
	return resync.Deps{
		Directory: a.directory, Offered: a.offered, Kinds: kinds.All, More: cloudcontrol.Find, Describe: a.describe,
		Rates: rates(), Log: a.log, Progress: progress,
		Settings: resync.Settings{
			Integration: a.settings.Integration.Identifier, Type: a.settings.Integration.Type, Program: version, Source: source(),
			Regions: a.settings.AWS.Regions, History: a.settings.History.Span, BulkTags: a.settings.AWS.BulkTags,
		},
	}
}

// describe asks AWS, as the base identity, about resource types that nothing is known of.
func (a *app) describe(ctx context.Context, apiOptions func(*middleware.Stack) error, names []string) error {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return err
	}
	base.APIOptions = append(slices.Clone(base.APIOptions), apiOptions)
	return cloudcontrol.Describe(ctx, base, names)
}

// stateStore opens what a run leaves to the next, once; nil if nothing is kept.
func (a *app) stateStore(ctx context.Context) (state.Store, error) {
	if a.settings.State.Place == "" {
		return nil, nil
	}
	base, err := a.baseConfig(ctx)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.store == nil {
		plain, err := state.Open(a.settings.State.Place, base)
		if err != nil {
			return nil, fmt.Errorf("PORTOLAN_STATE: %w", err)
		}
		whose := state.Owner(a.settings.Integration.Type, a.settings.Integration.Identifier) + " in " + a.settings.Port.BaseURL
		a.store = state.Sealed(plain, whose, a.sealingSecret)
	}
	return a.store, nil
}

// source names the function or the machine, for those who wait for its lease.
func source() string {
	if name := os.Getenv("AWS_LAMBDA_FUNCTION_NAME"); name != "" {
		return name
	}
	name, _ := os.Hostname() // a machine without a name has none
	return name
}

// directory opens the accounts for a run.
func (a *app) directory(ctx context.Context, run string, apiOptions func(*middleware.Stack) error) (resync.Directory, error) {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return nil, err
	}
	base.APIOptions = append(base.APIOptions, apiOptions)
	options := a.accountOptions()
	options.SessionName = event.SessionPrefix + run
	return account.New(base, options), nil
}

// offered opens AWS's list of services by region for a run.
func (a *app) offered(ctx context.Context, apiOptions func(*middleware.Stack) error) (resync.Offered, error) {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return nil, err
	}
	base.APIOptions = append(base.APIOptions, apiOptions)
	return offered.New(base), nil
}

// baseConfig returns the configuration of the base identity. It is loaded once, so
// that all runs of the process share its connections.
func (a *app) baseConfig(ctx context.Context) (aws.Config, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.base == nil {
		base, err := account.Base(ctx, a.accountOptions(),
			config.WithHTTPClient(account.Client()),
			config.WithRetryer(func() aws.Retryer {
				return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 8 })
			}))
		if err != nil {
			return aws.Config{}, err
		}
		a.base = &base
	}
	return a.base.Copy(), nil
}

func (a *app) accountOptions() account.Options {
	s := a.settings
	return account.Options{
		RoleARN: s.AWS.RoleARN, RoleARNs: s.AWS.RoleARNs, OUIDs: s.AWS.OUs, Exclude: s.AWS.ExcludedAccounts,
		ExternalID: s.AWS.ExternalID, Partition: s.AWS.Partition,
		AccessKeyID: s.AWS.AccessKeyID, SecretAccessKey: s.AWS.SecretAccessKey, SessionToken: s.AWS.SessionToken,
	}
}

// portCredentials returns Port's client id and secret. The client asks for them once
// and again when Port refuses them, so that a rotated secret is found.
func (a *app) portCredentials(ctx context.Context) (id, secret string, err error) {
	clientID, clientSecret, err := a.settings.Credentials(ctx, a.fetchSecret)
	if err == nil {
		a.mu.Lock()
		a.secret = clientSecret.Reveal()
		a.mu.Unlock()
	}
	return clientID.Reveal(), clientSecret.Reveal(), err
}

// sealingSecret returns the secret that seals the state: Port's client secret, which the function
// has in any case.
func (a *app) sealingSecret(ctx context.Context, again bool) (string, error) {
	a.mu.Lock()
	secret := a.secret
	a.mu.Unlock()
	if secret != "" && !again {
		return secret, nil
	}
	_, secret, err := a.portCredentials(ctx)
	return secret, err
}

// fetchSecret reads a secret as the base identity, in the region that its ARN
// names.
func (a *app) fetchSecret(ctx context.Context, name string) (string, error) {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return "", err
	}
	if parsed, err := arn.Parse(name); err == nil {
		base.Region = parsed.Region
	}
	out, err := secretsmanager.NewFromConfig(base).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	switch {
	case err != nil:
		return "", unreadSecret(err, base.Region)
	case out.SecretString == nil:
		return "", diag.New(diag.SecretMisshape, "the secret is binary; it should be text")
	}
	return *out.SecretString, nil
}

// unreadSecret says why a secret has no value, and how to fix it. AWS has one code
// for a secret that does not exist and for one that was created without a value; only
// the message differs.
func unreadSecret(err error, region string) error {
	switch message := awserr.Message(err); {
	case !awserr.IsNotFound(err):
		return diag.With(diag.SecretUnread, fmt.Errorf("%s; allow secretsmanager:GetSecretValue on it (and kms:Decrypt on its key) "+
			"to the identity that runs this, and check the name", message))
	case strings.Contains(message, "secret value"):
		return diag.New(diag.SecretEmpty, "the secret exists and is empty; run make secret, or put Port's credentials into it "+
			`as {"PORT_CLIENT_ID":"…","PORT_CLIENT_SECRET":"…"}`)
	default:
		return diag.With(diag.SecretMissing, fmt.Errorf("the secret does not exist in %s; check PORT_SECRET_ARN and the region (AWS_REGION)", region))
	}
}
