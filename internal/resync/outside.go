package resync

import (
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/kind"
	"portolan/internal/report"
)

// Traffic bounds and counts the calls to AWS as a run does, for those who look at AWS
// without a run.
type Traffic struct{ traffic *traffic }

// NewTraffic makes the bounds of a run with the limits and rates. The log hears of each
// call at debug.
func NewTraffic(l Limits, rates []kind.Rate, log *slog.Logger) *Traffic {
	return &Traffic{newTraffic(l.withDefaults(), rates, log)}
}

// Observe bounds and counts the calls of the base identity's clients.
func (t *Traffic) Observe() func(*middleware.Stack) error { return t.traffic.observe("") }

// Govern puts the calls of clients made from the config under the limits of an
// account, and into the region.
func (t *Traffic) Govern(config aws.Config, account, region, service string) aws.Config {
	return t.traffic.govern(config, account, region, service)
}

// Calls returns the calls so far, by service.
func (t *Traffic) Calls() map[string]report.Calls { return t.traffic.summary() }
