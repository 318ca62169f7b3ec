package operate

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/spf13/cobra"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

const (
	// pollTime is how often CloudWatch is asked for new lines. FilterLogEvents may be
	// called 10 times a second in an account:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
	pollTime = 2 * time.Second
	// lateness is how far behind a newer line an older one may still come in.
	lateness = 30 * time.Second
)

func (p *Program) logsCommand() *cobra.Command {
	var (
		since  time.Duration
		follow bool
	)
	c := &cobra.Command{
		Use: "logs", Short: "Show the function's log, and go on showing it", Args: cobra.NoArgs,
		Example: "  make logs\n  make logs ARGS='--since 24h --follow=false'",
	}
	c.Flags().DurationVar(&since, "since", time.Hour, "how far back to begin, 24h")
	c.Flags().BoolVar(&follow, "follow", true, "go on until Ctrl-C; --follow=false ends with the present")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if since < 0 {
			return fmt.Errorf("--since is %s; it should be a time such as 1h", since)
		}
		ctx := c.Context()
		config, err := p.config(ctx)
		if err != nil {
			return err
		}
		group, err := p.output(ctx, config, outputLogGroup)
		if err != nil {
			return err
		}
		tail := &tail{
			client: cloudwatchlogs.NewFromConfig(config), group: group, every: cmp.Or(p.pollTime, pollTime),
			from: time.Now().Add(-since).UnixMilli(), shown: make(map[string]int64),
			show: func(message string, at time.Time) { p.print("%s", line(message, at)) },
		}
		err = tail.run(ctx, follow)
		if ctx.Err() != nil { // Ctrl-C is how it ends
			err = nil
		}
		return err
	}
	return c
}

// tail reads the lines of a log group, each once.
type tail struct {
	client cloudwatchlogs.FilterLogEventsAPIClient
	group  string
	every  time.Duration
	show   func(message string, at time.Time)

	from   int64            // milliseconds since 1970, from when on lines are asked for
	newest int64            // of the lines shown
	shown  map[string]int64 // the times of those that may come again, by their ids
}

func (t *tail) run(ctx context.Context, follow bool) error {
	for {
		if err := t.read(ctx); err != nil || !follow {
			return err
		}
		select {
		case <-time.After(t.every):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// read shows the lines that are new.
func (t *tail) read(ctx context.Context) error {
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(t.client, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &t.group, StartTime: &t.from,
	})
	for events, err := range answer.Pages(ctx, pages, 0, func(page *cloudwatchlogs.FilterLogEventsOutput) (answer.Page[[]types.FilteredLogEvent], error) {
		return answer.List(page.Events, func(e types.FilteredLogEvent) string { return aws.ToString(e.EventId) }), nil
	}) {
		if awserr.IsNotFound(err) {
			return fmt.Errorf("the log group %s does not exist; it comes with the first run", t.group)
		}
		if err != nil {
			return refused("logs:FilterLogEvents", err)
		}
		for _, event := range events {
			id, at := aws.ToString(event.EventId), aws.ToInt64(event.Timestamp)
			if _, again := t.shown[id]; again {
				continue
			}
			t.shown[id] = at
			t.newest = max(t.newest, at)
			t.show(aws.ToString(event.Message), time.UnixMilli(at))
		}
	}
	t.from = max(t.from, t.newest-lateness.Milliseconds())
	for id, at := range t.shown {
		if at < t.from {
			delete(t.shown, id)
		}
	}
	return nil
}
