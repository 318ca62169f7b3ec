package report

import (
	"io"
	"time"
)

// The names of the metrics of events.
const (
	MetricEventsReceived = "EventsReceived"
	MetricEventsIgnored  = "EventsIgnored"
	MetricCellsRefreshed = "CellsRefreshed"
	MetricEventLag       = "EventLag"
)

// Events are the figures of a batch of messages that tell of events of AWS.
type Events struct {
	Integration string
	At          time.Time // when the batch was dealt with
	Received    int       // messages
	Ignored     int       // of them, those that tell of no cell
	Refreshed   int       // cells that were read
	// Lag is the longest time from an event until one of its cells was read; 0 if none was.
	Lag time.Duration
}

var metricsOfEvents = []struct {
	name, unit, meaning string

	// value is not ok if the batch has no such figure.
	value func(Events) (value float64, ok bool)
}{
	{MetricEventsReceived, unitCount, "Messages that came through the queue of [events](events.md).",
		func(e Events) (float64, bool) { return float64(e.Received), true }},
	{MetricEventsIgnored, unitCount, "Messages that are not events, or are not about a cell.",
		func(e Events) (float64, bool) { return float64(e.Ignored), true }},
	{MetricCellsRefreshed, unitCount, "Cells that were read for events.",
		func(e Events) (float64, bool) { return float64(e.Refreshed), true }},
	{MetricEventLag, unitSeconds, "The longest time from an event until one of its cells was read, in a batch.",
		func(e Events) (float64, bool) { return e.Lag.Seconds(), e.Refreshed > 0 && e.Lag > 0 }},
}

// WriteMetrics writes the figures as one line in CloudWatch's embedded metric format.
func (e Events) WriteMetrics(w io.Writer) error {
	line := newLine(e.Integration, e.At)
	for _, m := range metricsOfEvents {
		if value, ok := m.value(e); ok {
			line.add(m.name, m.unit, value)
		}
	}
	return line.write(w)
}
