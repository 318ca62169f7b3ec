package settings

import (
	"log/slog"
	"time"

	"portolan/internal/secret"
)

// Settings are everything that an installation can decide. A value that [Load] returned is
// complete and consistent; nobody needs to check it again.
type Settings struct {
	Port        Port
	Integration Integration
	AWS         AWS
	Schedule    Schedule
	State       State
	Deletes     Deletes
	History     History
	Log         Log

	Coverage         bool // show an entity in Port for each kind in each account
	ScaleConcurrency int  // how many invocations of one run read at a time
	ProbePort        int  // TCP port that answers probes; 0 is none

	InLambda bool     // the process runs under Lambda's runtime API
	Warnings []string // what is ignored, and why; safe to log
}

// Port says where Port's API is, and how to log in there: with a client id and a client
// secret, or with those that a secret in Secrets Manager holds.
type Port struct {
	BaseURL                string // without a trailing slash, without /v1
	SecretARN              string // ARN or name; if set, ClientID and ClientSecret are empty
	ClientID, ClientSecret secret.Text
}

// Integration is the integration in Port, and what it starts with.
type Integration struct {
	Identifier, Type string   // neither holds a slash
	Initialize       bool     // the first run creates the default blueprints and mapping
	StartEmpty       bool     // a new integration gets no blueprints and a mapping without resources
	InitialKinds     []string // kinds of the default mapping, and groups of them
	SendExamples     bool     // Port gets masked examples of each kind
}

// AWS says which accounts and regions are read, and with which credentials. With RoleARN,
// the accounts are those of its Organization; else they are those of RoleARNs, or the
// credentials' own account if that is nil too.
type AWS struct {
	RoleARN          string      // role in the management account
	RoleARNs         []string    // one role in each account; nil if RoleARN is set
	OUs              []string    // organizational units or roots to read; nil is all, or RoleARN is not set
	ExcludedAccounts []string    // ids of accounts that are not read
	Regions          []string    // nil is every region that the account has enabled
	ExternalID       secret.Text // for every role
	Partition        string      // "" is the partition of the credentials
	BulkTags         bool        // tags may be read by the tagging API, a hundred resources at a time

	// Static credentials: the first two are set together or not at all.
	AccessKeyID, SecretAccessKey, SessionToken secret.Text
}

// Schedule says when a long-running process makes its runs.
type Schedule struct {
	Interval     time.Duration // between two resyncs; 0 tells Port of none
	Listener     string        // "ONCE" or "POLLING"
	Replaced     string        // the listener of Ocean that POLLING replaces; "" is none
	PollInterval time.Duration // between two polls of Port, with POLLING
	OnStart      bool          // POLLING resyncs when it starts
	Events       Events
}

// Events says what is done about events of AWS.
type Events struct {
	Queue string        // URL of the queue that they come through; "" is none
	Wait  time.Duration // from an event to the reading of its cell
	Again time.Duration // from there to a second reading; 0 is none
	Pace  time.Duration // between two readings of a cell, at least
}

// State says where a run keeps what the next one needs.
type State struct {
	Place   string        // s3://bucket/prefix or the path of a folder; "" keeps nothing
	Rewrite time.Duration // age at which an unchanged entity is written again; 0 is never
}

// Deletes are the limits of the deletes of one run.
type Deletes struct {
	Count int     // most deletes of a kind in an account; 0 is no limit
	Share float64 // largest share of them, 0 to 1; 0 is no limit
	After int     // number of runs that must miss an entity before it is deleted
}

// History says how far back histories are read, such as builds and deployments.
type History struct {
	Span        time.Duration // 0 is everything that AWS keeps
	DeleteOlder bool          // older entities in Port are deleted
}

// Log says how the log looks and who gets it.
type Log struct {
	Level  slog.Level
	Format string // "json" or "text"
	ToPort bool   // Port gets the log of each run
}

// Secrets returns every secret value that the settings hold, for masking.
// Credentials read later from Secrets Manager are not among them.
func (s *Settings) Secrets() []string {
	var values []string
	for _, secret := range []secret.Text{
		s.Port.ClientID, s.Port.ClientSecret, s.AWS.ExternalID, s.AWS.AccessKeyID, s.AWS.SecretAccessKey, s.AWS.SessionToken,
	} {
		if secret != "" {
			values = append(values, secret.Reveal())
		}
	}
	return values
}

func (s *Settings) warn(text string) { s.Warnings = append(s.Warnings, text) }
