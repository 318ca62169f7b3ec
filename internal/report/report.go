// Package report holds what a run did, in the forms in which it leaves the program:
// JSON, which is the function's answer; a table, for people; metrics, a line of the
// log that CloudWatch reads; and the exit code of a command.
//
// A report names everything that was not read, with the reason and how to fix it. It
// groups what repeats, so that ten thousand cells denied for one
// reason are a few lines and the answer stays far below Lambda's limit of 6 MB.
// The package measures nothing and decides nothing.
package report

import (
	"time"

	"portolan/internal/diag"
)

// Status is how a run ended.
type Status string

// The states of a run. A completed run read everything; an incomplete one says
// what it did not read; a failed one synced nothing; an aborted one was told to
// stop; one that yielded did nothing, because another run was writing.
const (
	Completed  Status = "completed"
	Incomplete Status = "incomplete"
	Failed     Status = "failed"
	Aborted    Status = "aborted"
	Yielded    Status = "skipped"
)

// ExitCode is the exit code of a command after a run with this status: 0 if everything is
// done, 1 if nothing could be synced, 3 if something is left. 2 is for wrong usage.
func (s Status) ExitCode() int {
	switch s {
	case Completed, Yielded:
		return 0
	case Failed:
		return 1
	default:
		return 3
	}
}

// Declined says whether the run did nothing because of what it was asked for, which is not
// an error of the run.
func (r *Report) Declined() bool {
	return r.Code == diag.UsageWrong || r.Code == diag.PayloadWrong
}

// ExitCode is the exit code of a command with this report: that of its status, or 2 if
// the request was refused.
func (r *Report) ExitCode() int {
	if r.Declined() {
		return 2
	}
	return r.Status.ExitCode()
}

// planAction is the action of a run that only looks.
const planAction = "plan"

// Outcome is what became of a cell: Complete, Skipped, NotReached, or
// the class of its first error.
type Outcome string

// The outcomes that are not the class of an error.
const (
	Complete   Outcome = "complete"
	Skipped    Outcome = "skipped"
	NotReached Outcome = "not-reached"
	// NotOffered says that AWS does not offer the service in the region.
	NotOffered Outcome = "not-offered"
	// Closed says that a policy forbids reading the cell, and that no statement in the
	// reading role changes that. The run can be completed all the same.
	Closed Outcome = "closed"
	// NotAnswering says that the service did not answer in the region, that AWS's list of
	// services could not be read, and that Port holds nothing which may be from there.
	NotAnswering Outcome = "not-answering"
)

// IsGap says whether a cell of the outcome should have been read and was not.
func (o Outcome) IsGap() bool {
	switch o {
	case Complete, Skipped, NotOffered, Closed, NotAnswering:
		return false
	}
	return true
}

// Report is one run, from trigger to end. Its parts are for reading the code: the JSON
// form is flat. Times are in UTC.
type Report struct {
	Head
	Reading
	Exceptions
	Deletes Deletes `json:"deletes"`
	// Changes are the first of what a plan found that a resync would write.
	Changes []Change `json:"changes,omitempty"`
	Usage
	// Trimmed says what was left out for the size of the answer; the state has it all.
	Trimmed []string `json:"trimmed,omitempty"`
}

// Head says which run it is, and how it ended.
type Head struct {
	Run    string `json:"run"`
	Action string `json:"action,omitempty"`
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Code is that of what ended the run before its end.
	Code        diag.Code `json:"code,omitempty"`
	Integration string    `json:"integration"`
	Trigger     string    `json:"trigger,omitempty"`
	Version     string    `json:"version,omitempty"`
	Started     time.Time `json:"started"`
	Finished    time.Time `json:"finished"`
	Seconds     float64   `json:"seconds"`
	// TimeLimit is how many seconds the run had; 0 if it had no deadline.
	TimeLimit float64 `json:"timeLimitSeconds,omitempty"`
}

// Reading counts what was read, by account, kind and entry of the mapping.
type Reading struct {
	Strategy string          `json:"strategy,omitempty"`
	Total    Counts          `json:"total"`
	Cells    map[Outcome]int `json:"cells"`
	Accounts []Account       `json:"accounts"`
	Kinds    []Kind          `json:"kinds"`
	Coverage Coverage        `json:"coverage,omitzero"`
	// Resources are the entries of the mapping that were read.
	Resources []Resource `json:"resources,omitempty"`
	// AccountsSkipped exist and are not read: excluded, or not active.
	AccountsSkipped []SkippedAccount `json:"accountsSkipped,omitempty"`
}

// Exceptions are what did not go as usual: what was not read, not made or not accepted,
// and whatever else a person should know.
type Exceptions struct {
	Diagnostics []diag.Diagnostic `json:"diagnostics,omitempty"`
	Gaps        []Gap             `json:"gaps,omitempty"`
	// MoreGaps counts the gaps beyond those listed.
	MoreGaps int `json:"moreGaps,omitempty"`
	// Unavailable are cells that were not read and are not gaps: those that a policy
	// closes, and those where there seems to be no service.
	Unavailable []Gap `json:"unavailable,omitempty"`
	// Refused are resources about which AWS refuses something for good. They are not gaps.
	Refused []RefusedResources `json:"refused,omitempty"`
	// MoreRefused counts the groups beyond those listed.
	MoreRefused int `json:"moreRefused,omitempty"`
	// Details count what AWS did not find of resources that exist.
	Details  []Detail            `json:"details,omitempty"`
	Mapping  []MappingDiagnostic `json:"mapping,omitempty"`
	Entities []RefusedEntities   `json:"entities,omitempty"`
	// Ownership counts entities that somebody else wrote last; nil if there were none.
	Ownership *Ownership `json:"ownership,omitempty"`
}

// Usage counts the calls that a run made, and how much memory it took at most.
type Usage struct {
	AWS             map[string]Calls `json:"awsCalls"`
	Port            map[string]Calls `json:"portCalls"`
	PeakMemoryBytes uint64           `json:"peakMemoryBytes,omitempty"`
}

// Counts says what became of resources and entities. Fetched counts resources;
// Filtered and Dropped count what the mapping left out, by its selector or because the
// identifier was missing; the rest count entities. Unsent counts those that were not sent,
// or not answered, before the run ended; Port did not refuse them.
type Counts struct {
	Fetched   int `json:"fetched"`
	Filtered  int `json:"filtered"`
	Dropped   int `json:"dropped"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Deleted   int `json:"deleted"`
	Failed    int `json:"failed"`
	// Refused counts resources that AWS refuses to describe, for good. Fetched does not
	// count them.
	Refused int `json:"refused,omitempty"`
	// DetailsNotFound counts the properties that AWS did not find of fetched resources.
	DetailsNotFound int `json:"detailsNotFound,omitempty"`
	Unsent          int `json:"unsent,omitempty"`
}

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Fetched += other.Fetched
	c.Filtered += other.Filtered
	c.Dropped += other.Dropped
	c.Created += other.Created
	c.Updated += other.Updated
	c.Unchanged += other.Unchanged
	c.Deleted += other.Deleted
	c.Failed += other.Failed
	c.Refused += other.Refused
	c.DetailsNotFound += other.DetailsNotFound
	c.Unsent += other.Unsent
}

// Account is what a run did in one account. Deletes count for their kind only, since the
// account of a deleted entity may not be known.
type Account struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Regions int             `json:"regions"`
	Counts  Counts          `json:"counts"`
	Cells   map[Outcome]int `json:"cells"`
}

// SkippedAccount is an account that is not read. Reason is "excluded", or the
// account's state in the Organization, "SUSPENDED".
type SkippedAccount struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Kind is what a run did for one kind. Since is the start of the part of a history that
// was read; it is zero if all of it was. Seconds add up the times of the kind's cells,
// which are read in parallel.
type Kind struct {
	Kind    string          `json:"kind"`
	Since   time.Time       `json:"since,omitzero"`
	Counts  Counts          `json:"counts"`
	Cells   map[Outcome]int `json:"cells"`
	Seconds float64         `json:"seconds"`
}

// Resource is what became of one entry of the mapping. Several may share one reading,
// so that an item counts for each; Fetched counts items after itemsToParse. Mapped
// counts the entities that the mapping made of them. Of Failed, Unmapped are those that
// it could not make, the others Port did not take. Deletes have no entry.
type Resource struct {
	Index     int    `json:"index"`
	Kind      string `json:"kind"`
	Blueprint string `json:"blueprint"` // the expression, as the mapping has it
	Counts    Counts `json:"counts"`
	Mapped    int    `json:"mapped"`
	Unmapped  int    `json:"unmapped"`
}

// Gap is a group of cells that were not read to their end for one reason, which the cause
// shows for one of them. No kinds means all kinds, no account all accounts.
type Gap struct {
	diag.Diagnostic
	Outcome Outcome `json:"outcome"`
	Cells   int     `json:"cells"`
}

// RefusedResources are resources of one kind about which AWS refuses an action for one
// reason that no statement in the reading role lifts, like a key's own policy. The cause
// is AWS's message for one of them. They exist, and their entities stay.
type RefusedResources struct {
	diag.Diagnostic
	Action string `json:"action"`
	// Policy is the kind of policy that AWS named, "a resource-based policy denies it".
	Policy string `json:"policy,omitempty"`
	// Detail says that the resources are read, without the properties that the action reads.
	Detail  bool     `json:"detail,omitempty"`
	Count   int      `json:"count"`
	Samples []string `json:"samples"`
}

// Detail counts the resources of a kind for which AWS did not find what an action asks
// for. They are read without it.
type Detail struct {
	Kind     string `json:"kind"`
	Action   string `json:"action"`
	NotFound int    `json:"notFound"`
}

// MappingDiagnostic is something in an entry of the mapping that did not work: an
// expression that does not compile, a field that was null. Count is the number of
// documents concerned, out of Of; it is 0 for what was wrong before any document was read.
type MappingDiagnostic struct {
	diag.Diagnostic
	Count int `json:"count,omitempty"`
	Of    int `json:"of,omitempty"`
	// Null says that the field was null without any error.
	Null   bool   `json:"null,omitempty"`
	Sample string `json:"sample,omitempty"`
}

// RefusedEntities are entities of one blueprint that Port did not take, for one reason.
type RefusedEntities struct {
	diag.Diagnostic
	Count   int      `json:"count"`
	Samples []string `json:"samples"`
}

// Deletes says what was taken out of Port and what was kept back, and why.
type Deletes struct {
	Stale    int        `json:"stale"`
	Deleted  int        `json:"deleted"`
	Withheld []Withheld `json:"withheld,omitempty"`
	// Failed counts those of Withheld that were to be deleted and are still in Port, or
	// may be. They make a run incomplete.
	Failed int `json:"failed,omitempty"`
	// Tripped says that a limit kept entities that would be deleted otherwise.
	Tripped bool `json:"tripped,omitempty"`
	// Planned counts what a resync would delete; Samples are the first of these.
	Planned int      `json:"planned,omitempty"`
	Samples []string `json:"samples,omitempty"`
}

// Ownership is about entities that somebody else was the last to write: another
// integration, a user, a program.
type Ownership struct {
	// Others are those writers, the one with the most entities first.
	Others []Other `json:"others"`
	// Taken counts the entities that the run wrote all the same, or a resync would.
	Taken    int        `json:"taken,omitempty"`
	Withheld []Withheld `json:"withheld,omitempty"`
}

// Other is somebody who wrote entities that the run met.
type Other struct {
	By       string   `json:"by"`
	Entities int      `json:"entities"`
	Samples  []string `json:"samples"`
}

// The sorts of a change: what a resync would do to an entity. One that would fail is
// not taken by Port, one that stays is withheld from Port.
const (
	Created  = "create"
	Updated  = "update"
	Fails    = "fail"
	Retained = "withhold"
)

// Change is what a resync would do to an entity.
type Change struct {
	Sort       string `json:"change"` // Created, Updated, Fails or Retained
	Blueprint  string `json:"blueprint"`
	Identifier string `json:"identifier"`
	// Account and Region are where its resource is; Region is empty for what is read once
	// in an account.
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// Fields are those that would change.
	Fields []FieldChange `json:"fields,omitempty"`
	// Code and Cause say why it would fail.
	Code  diag.Code `json:"code,omitempty"`
	Cause string    `json:"cause,omitempty"`
}

// FieldChange is a field of an entity before and after. Secrets are masked as in
// examples, long values are cut, and a text in brackets stands for what is not shown.
type FieldChange struct {
	Name string `json:"name"`
	Old  any    `json:"old"`
	New  any    `json:"new"`
}

// Withheld is a group of entities that were not deleted. Count is -1 where the
// run did not look which entities are stale, because nothing could be deleted.
type Withheld struct {
	diag.Diagnostic
	Count   int      `json:"count"`
	Samples []string `json:"samples,omitempty"`
}

// Calls counts the requests to one service: Calls as the program made them,
// Retries beyond those, Throttled how often the service asked to slow down.
type Calls struct {
	Calls     int `json:"calls"`
	Retries   int `json:"retries,omitempty"`
	Throttled int `json:"throttled,omitempty"`
}

// Add adds other to c.
func (c *Calls) Add(other Calls) {
	c.Calls += other.Calls
	c.Retries += other.Retries
	c.Throttled += other.Throttled
}

// sum adds the calls to all services.
func sum(byName map[string]Calls) Calls {
	var total Calls
	for _, c := range byName {
		total.Add(c)
	}
	return total
}
