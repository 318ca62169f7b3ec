package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"portolan/internal/console"
	"portolan/internal/invocation"
	"portolan/internal/listener"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/settings"
)

// graceTime is how long a process that was told to stop may take: container runtimes
// kill it after ten seconds.
const graceTime = 9 * time.Second

// listenCommand does what the setting of the event listener says, as a container does:
// one resync, or resyncs for ever.
func listenCommand(sh *shell) *cobra.Command {
	c := runCommand(sh, invocation.Resync)
	once := c.RunE
	c.Use, c.Short = "run", "Do what OCEAN__EVENT_LISTENER says: resync once, or stay and resync when it is due or Port asks"
	c.Long = c.Short + `.

With ONCE this is portolan resync. With POLLING, which is the default, the process
stays until it gets SIGTERM or Ctrl-C: it ends the run that is under way in good
order, and a second signal ends it at once.`
	c.Example = "  OCEAN__SCHEDULED_RESYNC_INTERVAL=360 portolan run\n  OCEAN__EVENT_LISTENER='{\"type\":\"ONCE\"}' portolan run"
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := loadSettings(sh.environ, settings.Load)
		if err != nil {
			return fmt.Errorf("the settings are wrong:\n%w", err)
		}
		if s.Schedule.Listener == "ONCE" {
			return once(c, args)
		}
		var given string
		c.Flags().Visit(func(f *pflag.Flag) { given = f.Name })
		if given != "" {
			return fmt.Errorf("--%s is for one run, and OCEAN__EVENT_LISTENER is %s; leave it out, or use portolan resync", given, s.Schedule.Listener)
		}
		a, err := newApp(sh.environ, sh.errOut)
		if err != nil {
			return fmt.Errorf("the settings are wrong:\n%w", err)
		}
		defer a.close()
		p, stop, err := a.newProbes(c.Context())
		if err != nil {
			return err
		}
		defer stop()
		if !a.listen(c.Context(), sh.errOut, p) {
			sh.code = exitFailed
		}
		return nil
	}
	return c
}

// listen makes runs until the context ends, and says whether the last of them came to
// its end in good time.
func (a *app) listen(ctx context.Context, errOut *console.Screen, p *probes) bool {
	if a.settings.Schedule.Replaced != "" {
		a.log.Info("POLLING takes the place of the listener that is set: it hears of the same wishes for a resync, at most one interval later",
			"set", a.settings.Schedule.Replaced, "interval", a.settings.Schedule.PollInterval.String())
	}
	l := a.listener(errOut, p)
	ended := make(chan struct{})
	go func() {
		l.Listen(ctx)
		close(ended)
	}()
	<-ctx.Done()
	a.log.Info("told to stop")
	select {
	case <-ended:
		a.log.Info("stopped")
		return true
	case <-time.After(graceTime):
		a.log.Error("the run did not end in time; its lease ends by itself, and the next run puts right what it left")
		return false
	}
}

// listener makes the runs of a process that stays.
func (a *app) listener(errOut *console.Screen, p *probes) *listener.Listener {
	var events func(context.Context) error
	if a.settings.Schedule.Events.Queue != "" {
		events = func(ctx context.Context) error { return a.takeEvents(ctx, p.figures.Heard) }
	}
	return listener.New(listener.Options{
		Events:  events,
		OnStart: a.settings.Schedule.OnStart, Every: a.settings.Schedule.Interval, Poll: a.settings.Schedule.PollInterval, Log: a.log,
		Asks: func(ctx context.Context) (bool, error) {
			p.moves.Add(1)
			asks, _, err := a.asks(ctx)
			return asks, err
		},
		Run: func(ctx context.Context, trigger string, next time.Time) error {
			progress := &resync.Progress{}
			stop := watch(progress, errOut, a.log)
			defer stop()
			defer every(logEvery, p.count(&progress.AccountsEntered, &progress.CellsDone, &progress.Resources, &progress.Entities))()
			a.next = next
			result, err := a.resync(ctx, invocation.Request{Action: invocation.Resync, Trigger: trigger}, progress)
			p.figures.Ran(result)
			if result != nil && result.Status == report.Yielded {
				a.log.InfoContext(ctx, "run skipped", "reason", result.Reason)
			}
			return err
		},
	})
}
