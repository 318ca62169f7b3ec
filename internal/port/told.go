package port

import (
	"encoding/json"
	"strings"
)

// told is what Port was told about the integration and does not show. Its reference does not say which
// fields an answer has, so Port may have taken what it does not show: to send it again would cause a
// request for a resync, at each poll, for ever.
type told struct {
	Wish  patchBody `json:"wish"`  // what was sent
	Shown shown     `json:"shown"` // what Port showed afterwards
	// Initialized says that Port was told that the default resources exist.
	Initialized bool `json:"initialized,omitempty"`
}

// shown is what Port shows of the fields that were sent.
type shown struct {
	Type, Version, Mode  string
	Actions, Increments  bool
	Changelog, Resources bool
}

func shownOf(in Integration) shown {
	return shown{
		strings.ToLower(in.Type), in.Version, in.ProcessingMode, in.ProcessesActions, in.SyncsIncrements,
		!empty(in.Changelog), in.ResourcesReady,
	}
}

func (c *Client) wish() patchBody {
	return patchBody{Type: c.kind, Version: PeerVersion, Mode: coreMode}
}

// Recall restores what an earlier process told Port: the Told of the integration that its Start
// returned. If it cannot be read, nothing counts as told.
func (c *Client) Recall(text json.RawMessage) {
	var earlier told
	if json.Unmarshal(text, &earlier) == nil {
		c.told.Store(&earlier)
	}
}

// knows says whether Port was told already, and shows since then what it showed.
func (c *Client) knows(in Integration) bool {
	earlier := c.told.Load()
	return earlier != nil && earlier.Wish == c.wish() && earlier.Shown == shownOf(in)
}

// knowsReady says whether Port was told that the default resources are there.
func (c *Client) knowsReady(in Integration) bool {
	earlier := c.told.Load()
	return earlier != nil && earlier.Initialized && !empty(in.Config) && !earlier.Shown.Resources
}
