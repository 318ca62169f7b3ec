package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"portolan/internal/diag"
)

// ErrOther says that a state belongs to another integration.
var ErrOther = diag.New(diag.StateForeign, "it belongs to another integration")

// Owner returns the name that a state has for an integration, of its type and identifier:
// "aws-v3/my-aws".
func Owner(kind, identifier string) string { return strings.ToLower(kind) + "/" + identifier }

// Belongs returns nil if a state belongs to an integration, "aws-v3/my-aws", or to nobody yet,
// and ErrOther if it belongs to another. It looks at the lease and the last run. If neither
// names an integration, it calls named, which returns the name of a blob and the integration
// that the blob names, or "". Records that cannot be read are skipped here: whoever needs them
// returns the error.
func Belongs(ctx context.Context, store Store, integration string, named func(context.Context, Store) (blob, integration string)) error {
	type read struct {
		data []byte
		err  error
	}
	names := []string{leaseForm.Name, lastForm.Name}
	reads, told := make([]read, len(names)), false
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { reads[i].data, _, reads[i].err = store.Get(ctx, name) })
	}
	wait.Wait()
	for i, name := range names {
		data, err := reads[i].data, reads[i].err
		if err != nil && !errors.Is(err, ErrNotFound) && ctx.Err() != nil {
			return err
		}
		var record struct {
			Integration string `json:"integration"`
		}
		// Another integration has another seal. It is believed so far that nothing is done.
		unread := err != nil && !errors.Is(err, ErrDamaged)
		if unread || json.Unmarshal(data, &record) != nil || record.Integration == "" {
			continue
		}
		if told = true; record.Integration != integration {
			return other(store, name, record.Integration, integration)
		}
	}
	if told {
		return nil
	}
	if blob, has := named(ctx, store); has != "" && has != integration {
		return other(store, blob, has, integration)
	}
	return nil
}

func other(store Store, name, has, wants string) error {
	return fmt.Errorf("%s: %w: %.100s, and this is %s; use a separate state for each integration (PORTOLAN_STATE)", store.Where(name), ErrOther, has, wants)
}
