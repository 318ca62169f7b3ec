package account

import "context"

// Caller returns the ARN of the base identity, "" if a policy keeps even that from being
// asked. The error is a *fault.Error: there are no credentials, or they do not work.
func (d *Directory) Caller(ctx context.Context) (string, error) {
	caller, err := d.identity(ctx)
	return caller.ARN, err
}
