package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Charts are the charts of all accounts. They may be used by many at once, for one
// account by one at a time.
type Charts struct {
	store Store
	lease *Lease

	mu    sync.Mutex
	known map[string]present
}

// present is what the store holds for an account, as far as it was seen.
type present struct {
	version    string // "" if there is no chart
	generation uint64
	foreign    error // not nil if it is something else, which is left alone
}

// NewCharts gives the charts in a store. The lease is that of the run, or nil for
// one that only reads.
func NewCharts(store Store, lease *Lease) *Charts {
	return &Charts{store: store, lease: lease, known: make(map[string]present)}
}

const chartFolder, chartEnding = "charts/", ".gz"

func chartName(account string) string { return chartFolder + account + chartEnding }

// Load gives the chart of an account. ErrNotFound says that there is none;
// ErrDamaged, ErrForeign and ErrNewer that there is one and nothing is known of it.
func (c *Charts) Load(ctx context.Context, account string) (*Chart, error) {
	name := chartName(account)
	data, version, err := c.store.Get(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	c.remember(account, seen(data, version, account))
	if err != nil {
		return nil, err
	}
	chart, err := decodeChart(data, account)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.store.Where(name), err)
	}
	return chart, nil
}

// Save writes the chart of the account that its header names, under the lease's
// generation. It replaces what is damaged or of a newer form, so that a chart comes
// back by itself, but nothing foreign (ErrForeign), and nothing that a run wrote
// which took over the lease (ErrFenced). Without a valid lease it is ErrLost.
func (c *Charts) Save(ctx context.Context, chart *Chart) error {
	if c.lease == nil {
		return errors.New("save a chart: a run that only reads has no lease")
	}
	header := chart.Header
	header.Generation = c.lease.Generation()
	data, err := Encode(header, chart.All())
	if err != nil {
		return err
	}
	return c.change(ctx, header.Account, func(name, version string) (string, error) {
		return c.store.Put(ctx, name, data, version)
	})
}

// Delete removes the chart of an account, if there is one, as Save would replace it.
func (c *Charts) Delete(ctx context.Context, account string) error {
	if c.lease == nil {
		return errors.New("delete a chart: a run that only reads has no lease")
	}
	return c.change(ctx, account, func(name, version string) (string, error) {
		if version == "" {
			return "", nil
		}
		return "", c.store.Delete(ctx, name, version)
	})
}

// Accounts gives the accounts that have a chart, in ascending order.
func (c *Charts) Accounts(ctx context.Context) ([]string, error) {
	names, err := c.store.List(ctx, chartFolder)
	if err != nil {
		return nil, err
	}
	var accounts []string
	for _, name := range names {
		if account, ok := strings.CutSuffix(strings.TrimPrefix(name, chartFolder), chartEnding); ok {
			accounts = append(accounts, account)
		}
	}
	return accounts, nil
}

// change makes a write that depends on what is present, and looks again where that
// has changed: an older run, which lost its lease while it wrote, may be the cause.
func (c *Charts) change(ctx context.Context, account string, write func(name, version string) (string, error)) error {
	const tries = 3
	name := chartName(account)
	var err error
	for range tries {
		var now present
		if now, err = c.look(ctx, account); err != nil {
			return err
		}
		if err = c.allowed(now); err != nil {
			return fmt.Errorf("%s: %w", c.store.Where(name), err)
		}
		var version string
		version, err = write(name, now.version)
		if err == nil {
			c.remember(account, present{version: version, generation: c.lease.Generation()})
			return nil
		}
		c.forget(account)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

func (c *Charts) allowed(now present) error {
	if now.foreign != nil {
		return fmt.Errorf("%w; remove it, or keep the state elsewhere", now.foreign)
	}
	return c.lease.allows(now.generation)
}

// look gives what the store holds, without asking it twice.
func (c *Charts) look(ctx context.Context, account string) (present, error) {
	c.mu.Lock()
	now, known := c.known[account]
	c.mu.Unlock()
	if known {
		return now, nil
	}
	data, version, err := c.store.Get(ctx, chartName(account))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return present{}, err
	}
	return seen(data, version, account), nil
}

func seen(data []byte, version, account string) present {
	if version == "" {
		return present{}
	}
	header, _, err := decodeHeader(data, account)
	now := present{version: version, generation: header.Generation}
	if errors.Is(err, ErrForeign) {
		now.foreign = err
	}
	return now
}

func (c *Charts) remember(account string, now present) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[account] = now
}

func (c *Charts) forget(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, account)
}
