package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"portolan/internal/diag"
)

// ErrOther says that a state belongs to another integration.
var ErrOther = diag.New(diag.StateForeign, "it belongs to another integration")

// Owner names an integration as a state does, by its type and identifier: "aws-v3/my-aws".
func Owner(kind, identifier string) string { return strings.ToLower(kind) + "/" + identifier }

// Belongs is nil if a state is an integration's, "aws-v3/my-aws", or nobody's yet, and
// ErrOther if it is another's. It asks the lease and the last run; if neither tells, one
// snapshot. What cannot be read tells nothing here, for those who need it judge it.
func Belongs(ctx context.Context, store Store, integration string) error {
	told := false
	for _, name := range []string{leaseForm.name, lastForm.name} {
		data, _, err := store.Get(ctx, name)
		if err != nil && !errors.Is(err, ErrNotFound) && ctx.Err() != nil {
			return err
		}
		var record struct {
			Integration string `json:"integration"`
		}
		if err != nil || json.Unmarshal(data, &record) != nil || record.Integration == "" {
			continue
		}
		if told = true; record.Integration != integration {
			return other(store, name, record.Integration, integration)
		}
	}
	if told {
		return nil
	}
	snapshots := NewSnapshots(store, nil)
	accounts, _ := snapshots.Accounts(ctx) // the run itself says that the state cannot be listed
	if len(accounts) == 0 {
		return nil
	}
	snapshot, err := snapshots.Load(ctx, accounts[0])
	if err == nil && snapshot.Header.Integration != "" && snapshot.Header.Integration != integration {
		return other(store, accounts[0], snapshot.Header.Integration, integration)
	}
	return nil
}

func other(store Store, name, has, wants string) error {
	return fmt.Errorf("%s: %w: %s, and this is %s; give each integration a state of its own (PORTOLAN_STATE)", store.Where(name), ErrOther, has, wants)
}
