package port

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// LogRecord is a line of the log as Port keeps it. Extra has values that have a JSON
// form; "event_id" is the run by which Port's page finds the line.
type LogRecord struct {
	Time    time.Time
	Level   string // DEBUG, INFO, WARNING, ERROR or CRITICAL
	Message string
	Extra   map[string]any
}

// SendLogs sends Port lines of the log, in as many requests as they need. Secrets are masked here,
// whatever the caller did. A line that does not fit into a request is left out. A failure ends it and
// is not worth a second attempt.
func (c *Client) SendLogs(ctx context.Context, records []LogRecord) error {
	known := c.ingest.Load()
	if known == nil || known.logs == "" {
		return ErrNoIngest
	}
	masks := c.mask.Load()
	var lines []json.RawMessage
	size := 0
	flush := func() error {
		if len(lines) == 0 {
			return nil
		}
		_, err := c.do(ctx, call{
			family: FamilyLogs, host: known.logs, method: http.MethodPost,
			body: map[string][]json.RawMessage{"logs": lines}, lossy: true,
		})
		lines, size = nil, 0
		return err
	}
	for _, record := range records {
		line, err := encodeJSON(map[string]any{
			"message": masks.Text(record.Message), "level": record.Level,
			"timestamp": record.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), "extra": masks.Document(record.Extra),
		})
		if err != nil {
			return fmt.Errorf("a line of the log has no JSON form: %w", err)
		}
		if len(line)+len(`{"logs":[]}`) > MaxBytes {
			continue
		}
		if size+len(line)+len(`,{"logs":[]}`) > MaxBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		lines = append(lines, bytes.Clone(line))
		size += len(line) + 1
	}
	return flush()
}
