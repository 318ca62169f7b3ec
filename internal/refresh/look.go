package refresh

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/kind"
	"portolan/internal/resync/cell"
)

// look is a message of Portolan's own: some cells are to be read when it arrives. Nothing proves
// who wrote it, and nothing has to: it can say only what an event can.
type look struct {
	Portolan string      `json:"portolan"` // always "look": no event has this member
	Cells    []cell.Name `json:"cells"`
	// Due is from when on a reading is good for it.
	Due time.Time `json:"due"`
	// Second says that the cells have been read for the same event before.
	Second bool `json:"second,omitempty"`
	// Hops is how often it was postponed because the cells had just been read.
	Hops int `json:"hops,omitempty"`

	at time.Time // when it is to arrive, if that is later than Due
}

// The bounds of a look. A cell has at most some hundred bytes, and ten looks fit into a request.
const (
	lookMark  = "look"
	mostCells = 200
	mostLook  = 32 << 10
)

// mostHops is how often a look is postponed. Then it comes back as any message: Lambda stops a
// function that is invoked by its own messages some sixteen times in a row.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
const mostHops = 5

// parseLook reads a look; isLook says whether the text has its mark. L is nil if it has not the
// form that Portolan writes, or names a cell that cannot be.
func parseLook(text string, known map[string]*kind.Kind) (l *look, isLook bool) {
	var mark struct{ Portolan json.RawMessage }
	if len(text) > mostLook || !bytes.Contains([]byte(text), []byte(`"portolan"`)) || json.Unmarshal([]byte(text), &mark) != nil || mark.Portolan == nil {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	var read look
	if decoder.Decode(&read) != nil || decoder.More() || read.Portolan != lookMark || len(read.Cells) == 0 || len(read.Cells) > mostCells ||
		read.Due.IsZero() || read.Hops < 0 || slices.ContainsFunc(read.Cells, func(c cell.Name) bool { return !possible(c, known) }) {
		return nil, true
	}
	return &read, true
}

// ReadLook says whether a text is a look that Portolan posted, and returns its cells and from when on a
// reading is good for it. There are no cells if it has not the form that Portolan writes, or names a
// cell that is of none of the kinds.
func ReadLook(text string, kinds []*kind.Kind) (cells []cell.Name, due time.Time, isLook bool) {
	l, isLook := parseLook(text, byName(kinds))
	if l == nil {
		return nil, time.Time{}, isLook
	}
	return l.Cells, l.Due, isLook
}

// possible says whether there can be such a cell.
func possible(c cell.Name, known map[string]*kind.Kind) bool {
	k := known[string(c.Kind)]
	switch {
	case k == nil:
		return false
	case k.Scope == kind.Management:
		return c.Account == "" && c.Region == ""
	case k.Scope == kind.Global:
		return awsname.IsAccountID(string(c.Account)) && c.Region == ""
	}
	return awsname.IsAccountID(string(c.Account)) && awsname.IsRegion(string(c.Region))
}

// gather puts looks into messages: those that arrive in the same second together.
func gather(looks map[cell.Name]look, at func(look) time.Time, now time.Time) []Posted {
	type alike struct {
		delay  time.Duration
		second bool
		hops   int
	}
	groups := map[alike]*look{}
	var order []alike
	for _, name := range sorted(looks) {
		l := looks[name]
		// A message that came too early would have to be postponed again.
		delay := (at(l).Sub(now) + time.Second - 1).Truncate(time.Second)
		of := alike{min(max(delay, 0), MaxDelay), l.Second, l.Hops}
		if groups[of] == nil {
			groups[of] = &look{Portolan: lookMark, Second: l.Second, Hops: l.Hops}
			order = append(order, of)
		}
		groups[of].Cells, groups[of].Due = append(groups[of].Cells, name), later(groups[of].Due, l.Due)
	}
	var posted []Posted
	for _, of := range order {
		l := groups[of]
		for cells := range slices.Chunk(l.Cells, mostCells) {
			l.Cells = cells
			text, err := json.Marshal(l)
			if err != nil {
				panic(err) // names and times have a JSON form
			}
			posted = append(posted, Posted{string(text), of.delay})
		}
	}
	return posted
}
