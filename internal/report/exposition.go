package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Exposition keeps the figures of the runs of a process that stays, and writes them as Prometheus reads
// them. The zero value is ready; it is safe for concurrent use.
// https://prometheus.io/docs/instrumenting/exposition_formats/
type Exposition struct {
	mu        sync.Mutex
	runs      map[Status]int
	last      *Report            // the last run that did not yield, without its lists; nil before there is one
	figures   map[string]float64 // of that run, by the name of the metric
	completed time.Time          // when a run last read everything
	heard     map[string]float64 // of events, added up or, of a lag, the last
}

// Ran adds a run. Nil stands for one that failed without a report.
func (e *Exposition) Ran(r *Report) {
	if r == nil {
		r = &Report{Head: Head{Status: Failed, Finished: time.Now()}}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.runs == nil {
		e.runs = map[Status]int{}
	}
	e.runs[r.Status]++
	if r.Status == Yielded {
		return
	}
	e.last, e.figures = &Report{Head: r.Head}, map[string]float64{}
	for _, m := range metrics {
		if value, ok := m.value(r); ok {
			e.figures[m.Name] = value
		}
	}
	if r.Status == Completed {
		e.completed = r.Finished
	}
}

// Heard adds a batch of events.
func (e *Exposition) Heard(of Events) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heard == nil {
		e.heard = map[string]float64{}
	}
	for _, m := range metricsOfEvents {
		if value, ok := m.value(of); ok && m.unit == unitCount {
			e.heard[m.name] += value
		} else if ok {
			e.heard[m.name] = value
		}
	}
}

// Write writes the figures. A figure that is not known yet is not there.
func (e *Exposition) Write(w io.Writer) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b exposed
	b.head("runs_total", "counter", "Runs since the process started, by how they ended.")
	for _, status := range statuses {
		b.sample(`runs_total{status="`+string(status)+`"}`, float64(e.runs[status]))
	}
	if e.last != nil {
		b.head("last_run_status", "gauge", "1 for how the last run ended, 0 for the others.")
		for _, status := range statuses[:len(statuses)-1] {
			b.sample(`last_run_status{status="`+string(status)+`"}`, map[bool]float64{true: 1}[status == e.last.Status])
		}
		b.gauge("last_run_finished_timestamp_seconds", "When the last run ended.", seconds(e.last.Finished))
	}
	if !e.completed.IsZero() {
		b.gauge("last_completed_run_timestamp_seconds", "When a run last read everything.", seconds(e.completed))
	}
	for _, m := range metrics {
		// How runs ended is said above.
		if value, known := e.figures[m.Name]; known && !strings.HasPrefix(m.Name, "Runs") {
			suffix, factor := unitInPrometheus(m.Unit)
			b.gauge("last_run_"+snake(m.Name)+suffix, m.Meaning, value*factor)
		}
	}
	for _, m := range metricsOfEvents {
		if value, known := e.heard[m.name]; known && m.unit == unitCount {
			b.head(snake(m.name)+"_total", "counter", m.meaning)
			b.sample(snake(m.name)+"_total", value)
		} else if known {
			b.gauge("last_"+snake(m.name)+"_seconds", m.meaning, value)
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// statuses are those of a run, the one that does nothing last.
var statuses = []Status{Completed, Incomplete, Aborted, Failed, Yielded}

// exposed is text that Prometheus reads.
type exposed struct{ bytes.Buffer }

func (b *exposed) head(name, kind, about string) {
	fmt.Fprintf(b, "# HELP portolan_%s %s\n# TYPE portolan_%s %s\n", name, strings.ReplaceAll(about, "\n", " "), name, kind)
}

func (b *exposed) sample(name string, value float64) {
	fmt.Fprintf(b, "portolan_%s %s\n", name, strconv.FormatFloat(value, 'f', -1, 64))
}

func (b *exposed) gauge(name, about string, value float64) {
	b.head(name, "gauge", about)
	b.sample(name, value)
}

func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// unitInPrometheus returns the end of the name of a figure in Prometheus's base units, and how many of
// them one of CloudWatch's units is.
func unitInPrometheus(unit string) (suffix string, factor float64) {
	switch unit {
	case unitSeconds:
		return "_seconds", 1
	case unitPercent:
		return "_ratio", 0.01
	case unitMegabytes:
		return "_bytes", 1 << 20
	}
	return "", 1
}

// snake writes CellsComplete as cells_complete, and AWSCalls as aws_calls.
func snake(name string) string {
	var b strings.Builder
	for i, letter := range name {
		next := i+1 < len(name) && unicode.IsLower(rune(name[i+1]))
		if i > 0 && unicode.IsUpper(letter) && (next || unicode.IsLower(rune(name[i-1]))) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(letter))
	}
	return b.String()
}
