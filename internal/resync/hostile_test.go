package resync_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/resync/snapshot"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

const owner = "aws-v3/" + integration

// ours is the secret of the installation, and guessed is what a hostile writer seals with.
const ours, guessed = "client secret", "guessed"

// sealedBy returns a store as the function that has the secret sees it.
func sealedBy(store state.Store, secret string) state.Store {
	return state.Sealed(store, owner, func(context.Context, bool) (string, error) { return secret, nil })
}

// besieged is an installation to whose state somebody else may write.
type besieged struct {
	*life
	dir  string
	said *bytes.Buffer
}

// theirs is the entity of a person.
const theirs = "sqsQueue of-a-person"

func besiege(t *testing.T) *besieged {
	b := &besieged{life: newLife(t, 1, nil), dir: t.TempDir(), said: &bytes.Buffer{}}
	var err error
	b.plain, err = state.Open(b.dir, aws.Config{})
	b.must(err)
	b.deps.State = sealedBy(b.plain, ours)
	b.deps.Requests, b.deps.Type = b.deps.State, "aws-v3"
	b.deps.Log = slog.New(slog.NewTextHandler(&locked{to: b.said}, nil))
	wantStatus(t, b.clean(), report.Completed)
	b.put("sqsQueue", "of-a-person", "curl/8.0")
	b.older = b.files()
	b.change("0")
	wantStatus(t, b.clean(), report.Completed)
	return b
}

type locked struct {
	sync.Mutex
	to io.Writer
}

func (l *locked) Write(text []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.to.Write(text)
}

func (b *besieged) clean() *report.Report { return b.run(invocation.Request{AllowMassDelete: true}) }

// change changes a resource, so that the next run learns something of each account.
func (b *besieged) change(n string) {
	for _, account := range b.accounts() {
		b.must(b.aws.Put(account, awssim.Resource{Kind: awssim.Queue, Region: regions[1], ID: "changed", Tags: map[string]string{"n": n}}))
	}
}

// spoiled is what goes wrong in AWS while the state is attacked: only what the state says of the
// queues could delete them.
func (b *besieged) spoiled() {
	b.aws.Inject(awssim.Fault{Account: member, Region: regions[0], Service: "sqs", Times: -1, Effect: awssim.Deny})
}

// files are the files of the state.
func (b *besieged) files() map[string][]byte {
	b.t.Helper()
	names, err := b.plain.List(b.t.Context(), "")
	b.must(err)
	all := make(map[string][]byte, len(names))
	for _, name := range names {
		data, _, err := b.plain.Get(b.t.Context(), name)
		b.must(err)
		all[name] = data
	}
	return all
}

func (b *besieged) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

// bare is what a file holds beneath its seal; nil if it has none.
func (l *life) bare(name string) []byte {
	data, _, err := l.deps.State.Get(l.t.Context(), name)
	if err != nil {
		return nil
	}
	return data
}

// sealWith seals bytes under a name with a secret.
func (l *life) sealWith(secret, name string, data []byte) []byte {
	l.t.Helper()
	scratch := state.NewMemory()
	_, err := sealedBy(scratch, secret).Put(l.t.Context(), name, data, "")
	l.must(err)
	made, _, err := scratch.Get(l.t.Context(), name)
	l.must(err)
	return made
}

// forged is what a hostile writer would like a file to say; nil if there is nothing to like.
func (l *life) forged(name string) []byte {
	l.t.Helper()
	switch {
	case len(l.bare(name)) == 0:
		return nil
	case strings.HasPrefix(name, "snapshots/"), strings.Contains(name, "/snapshots/"):
		return l.exchanged(name)
	case strings.HasSuffix(name, ".html"), strings.HasSuffix(name, "items.json"):
		return nil
	}
	return rewritten(l.t, name, l.bare(name), func(record map[string]any) {
		for key := range record {
			if key == "ended" || key == "at" || key == "started" {
				record[key] = "2099-01-01T00:00:00Z"
			}
		}
		if request, is := record["request"].(map[string]any); is {
			request["allowMassDelete"] = true
		}
		if beginning, is := record["beginning"].(map[string]any); is {
			beginning["mapping"] = withoutQueues(beginning["mapping"].(map[string]any))
		}
	})
}

// rewritten changes a record of JSON.
func rewritten(t testing.TB, name string, data []byte, change func(map[string]any)) []byte {
	t.Helper()
	text := data
	if strings.HasSuffix(name, ".gz") {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			text, err = io.ReadAll(unpacked)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var record map[string]any
	decode(t, text, &record)
	change(record)
	if text = encode(t, record); strings.HasSuffix(name, ".gz") {
		return gzipped(text)
	}
	return text
}

func gzipped(text []byte) []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write(text)
	if err := errors.Join(err, writer.Close()); err != nil {
		panic(err)
	}
	return packed.Bytes()
}

func withoutQueues(mapping map[string]any) map[string]any {
	resources, _ := mapping["resources"].([]any)
	mapping["resources"] = slices.DeleteFunc(resources, func(r any) bool { return r.(map[string]any)["kind"] == awssim.Queue })
	return mapping
}

// exchanged is a snapshot that says of every entity that it comes from the cell of a bucket.
func (l *life) exchanged(name string) []byte {
	l.t.Helper()
	account := strings.TrimSuffix(name[strings.LastIndex(name, "/")+1:], ".gz")
	if strings.HasPrefix(name, "work/") {
		account = account[:12]
		if strings.HasPrefix(name[strings.LastIndex(name, "/")+1:], "organization") {
			return nil
		}
	}
	scratch := state.NewMemory()
	_, err := scratch.Put(l.t.Context(), "snapshots/"+account+".gz", l.bare(name), "")
	l.must(err)
	s, err := snapshot.NewSet(scratch, nil).Load(l.t.Context(), account)
	l.must(err)
	var entries []snapshot.Entry
	for e := range s.All() {
		if e.Kind == awssim.Queue {
			e.Kind, e.Region = awssim.Bucket, ""
		}
		entries = append(entries, e)
	}
	for _, e := range entries { // the cell of a real bucket
		if e.Kind == awssim.Bucket && e.Blueprint == "s3Bucket" {
			for i := range entries {
				if entries[i].Blueprint == "sqsQueue" {
					entries[i].Region = e.Region
				}
			}
		}
	}
	data, err := snapshot.Encode(s.Header, slices.Values(entries))
	l.must(err)
	return data
}

// bomb unpacks to more than fits into memory.
var bomb = sync.OnceValue(func() []byte { return gzipped(bytes.Repeat([]byte{' '}, 300<<20)) })

// attacks are what a writer of the state may put in the place of a file, without the secret; nil
// bytes change nothing.
func attacks() map[string]func(b *besieged, name string, data []byte) []byte {
	return map[string]func(b *besieged, name string, data []byte) []byte{
		"cut":   func(_ *besieged, _ string, data []byte) []byte { return data[:len(data)/2] },
		"empty": func(*besieged, string, []byte) []byte { return []byte{} },
		"a bit": func(_ *besieged, _ string, data []byte) []byte {
			data = bytes.Clone(data)
			data[len(data)/2] ^= 4
			return data
		},
		"without its seal": func(b *besieged, name string, _ []byte) []byte { return b.forged(name) },
		"with the seal of another": func(b *besieged, name string, _ []byte) []byte {
			if data := b.forged(name); data != nil {
				return b.sealWith(guessed, name, data)
			}
			return nil
		},
		"with its old seal": func(b *besieged, name string, data []byte) []byte {
			forged := b.forged(name)
			if forged == nil {
				return nil
			}
			return append(forged, data[len(b.bare(name)):]...)
		},
		"of another name": func(b *besieged, name string, _ []byte) []byte {
			all := b.files()
			for _, other := range slices.Sorted(maps.Keys(all)) {
				if other != name && filepath.Ext(other) == filepath.Ext(name) && filepath.Dir(other) == filepath.Dir(name) {
					return all[other]
				}
			}
			return nil
		},
		"of an earlier run": func(b *besieged, name string, _ []byte) []byte { return b.older[name] },
		"of something else": func(_ *besieged, name string, _ []byte) []byte {
			if strings.HasSuffix(name, ".gz") {
				return gzipped([]byte(`{"format":"something/else","version":1}`))
			}
			return []byte(`{"format":"something/else","version":1}`)
		},
		"bomb": func(_ *besieged, name string, _ []byte) []byte {
			if strings.HasSuffix(name, ".gz") {
				return bomb()
			}
			return nil
		},
		"large": func(*besieged, string, []byte) []byte { return make([]byte, 65<<20) },
		"deep":  func(*besieged, string, []byte) []byte { return bytes.Repeat([]byte(`{"a":[`), 1<<16) },
	}
}

// strike puts something in the place of a file, and says whether it did.
func (b *besieged) strike(attack, name string) bool {
	b.t.Helper()
	path := b.path(name)
	if change, is := attacks()[attack]; is {
		data, _, err := b.plain.Get(b.t.Context(), name)
		b.must(err)
		if data = change(b, name, data); data == nil {
			return false
		}
		b.must(os.WriteFile(path, data, 0o600))
		return true
	}
	b.must(os.Remove(path))
	switch attack {
	case "gone":
	case "a link":
		elsewhere := filepath.Join(b.t.TempDir(), "elsewhere")
		b.must(os.WriteFile(elsewhere, []byte("somebody's"), 0o600))
		b.must(os.Symlink(elsewhere, path))
	case "a folder":
		b.must(os.MkdirAll(filepath.Join(path, "of-somebody"), 0o700))
	case "a pipe":
		pipe(b.t, path)
	default:
		b.t.Fatalf("there is no attack %q", attack)
	}
	return true
}

func allAttacks() []string {
	return append(slices.Sorted(maps.Keys(attacks())), "a folder", "a link", "a pipe", "gone")
}

// verdict says what an attack has done to Port; "" is nothing.
func (b *besieged) verdict(before map[string]bool) string {
	exists := b.exists()
	for key := range before {
		blueprint, id, _ := strings.Cut(key, " ")
		if _, there := b.port.Entity(blueprint, id); !there && exists[key] {
			return key + " exists and is deleted"
		}
	}
	blueprint, id, _ := strings.Cut(theirs, " ")
	if person, there := b.port.Entity(blueprint, id); !there || person.Title != "edited" {
		return fmt.Sprintf("the entity of a person is %+v", person)
	}
	return ""
}

// recovers lets the next run put everything right, and says what it did not.
func (b *besieged) recovers(name string) string {
	b.aws.ClearFaults()
	if r := b.clean(); r.Status != report.Completed {
		if !strings.HasPrefix(name, "lease") {
			return fmt.Sprintf("the next run is %s: %s", r.Status, r.Reason)
		}
		b.must(os.RemoveAll(b.path(name))) // as the message says
		wantStatus(b.t.(*testing.T), b.clean(), report.Completed)
	}
	for key := range b.exists() {
		if !b.holds()[key] {
			return key + " is not in Port after the next run"
		}
	}
	return ""
}

// usable says whether a file has its seal again.
func (b *besieged) usable(name string) error {
	_, _, err := b.deps.State.Get(b.t.Context(), name)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	return err
}

// said says whether a run has told of a file.
func (b *besieged) told(r *report.Report, name string) bool {
	text := b.said.String()
	if r != nil {
		for _, d := range r.Diagnostics {
			text += fmt.Sprint(d.Title, d.Cause)
		}
		text += r.Reason
	}
	return strings.Contains(text, name) || strings.Contains(text, "not those that the run")
}

// mute are the records whose loss means nothing for a run, so that it says nothing: reports, and
// what is only written.
func mute(name, attack string) bool {
	return strings.HasPrefix(name, "runs/") || name == "request.json" || name == "skipped.json" ||
		// An earlier one that was really ours may help as well, and what is not there is not known.
		(attack == "of an earlier run" || attack == "gone") && !strings.HasPrefix(name, "snapshots/") && name != "latest.json"
}

// TestAHostileWriterOfTheState puts everything in the place of every file. Nothing that exists is
// deleted, nothing of a person's is touched, the run ends and says it, and the next puts it right.
func TestAHostileWriterOfTheState(t *testing.T) {
	t.Parallel()
	for _, attack := range allAttacks() {
		t.Run(attack, func(t *testing.T) {
			t.Parallel()
			b := besiege(t)
			names := slices.Sorted(maps.Keys(b.files()))
			if len(names) < 9 {
				t.Fatalf("the state has only %q", names)
			}
			for i, name := range names {
				if _, err := os.Lstat(b.path(name)); err != nil {
					continue // a report that is kept no longer
				}
				b.change(fmt.Sprint(attack, i))
				b.spoiled()
				before := b.holds()
				if b.said.Reset(); !b.strike(attack, name) {
					b.aws.ClearFaults()
					continue
				}
				r := b.clean()
				if wrong := b.verdict(before); wrong != "" {
					t.Errorf("%s: %s", name, wrong)
				}
				if !mute(name, attack) && !b.told(r, name) && !(strings.HasPrefix(name, "lease") && b.told(r, "last run")) && r.Status != report.Incomplete {
					t.Errorf("%s: nothing is said of it\n%s", name, b.said)
				}
				if attack == "of something else" || attack == "deep" && strings.HasPrefix(name, "snapshots/") {
					b.must(os.RemoveAll(b.path(name))) // a foreign file is a person's to remove
				}
				if wrong := b.recovers(name); wrong != "" {
					t.Errorf("%s: %s", name, wrong)
				}
				if err := b.usable(name); err != nil && !strings.HasPrefix(name, "runs/") {
					t.Errorf("%s: after the next run: %v", name, err)
				}
			}
		})
	}
}

// TestAHostileWriterOfSteps does the same to every piece that the invocations of a run leave to each
// other.
func TestAHostileWriterOfSteps(t *testing.T) {
	t.Parallel()
	for _, attack := range allAttacks() {
		t.Run(attack, func(t *testing.T) {
			t.Parallel()
			b := besiege(t)
			m := &machine{world: b.world, concurrency: 2}
			for i, pieces := 0, 1; i < pieces; i++ {
				b.change(fmt.Sprint(attack, i))
				b.spoiled()
				before := b.holds()
				begun, items := m.start(invocation.Request{})
				early := b.files() // before the batches are read
				m.walkAll(begun.Run, items)
				names, err := b.plain.List(t.Context(), "work/"+begun.Run+"/")
				b.must(err)
				if pieces = len(names); i >= pieces {
					break
				}
				name := names[i]
				if early[name] != nil {
					b.endAnyhow(m, begun.Run)
					b.spoiled()
					before = b.holds()
					begun, items = m.start(invocation.Request{})
					name = strings.Replace(name, filepath.Dir(name), "work/"+begun.Run, 1)
				}
				b.said.Reset()
				struck := b.strike(attack, name)
				if early[names[i]] != nil {
					m.walkAll(begun.Run, items)
				}
				r, err := distributed.Finish(t.Context(), b.deps, begun.Run)
				if wrong := b.verdict(before); wrong != "" {
					t.Errorf("%s: %s", name, wrong)
				}
				if struck && err == nil && r.Status == report.Completed {
					t.Errorf("%s: the run is completed", name)
				}
				b.endAnyhow(m, begun.Run)
				if wrong := b.recovers(name); wrong != "" {
					t.Errorf("%s: %s", name, wrong)
				}
			}
			if left := m.leftovers(); len(left) > 0 {
				t.Errorf("left are %q", left)
			}
		})
	}
}

func (m *machine) walkAll(run string, items []distributed.Item) {
	for _, item := range items {
		step := invocation.Step{Name: invocation.Read, Run: run, Batch: item.Batch, Accounts: item.Accounts}
		for range 3 {
			if leg, err := distributed.Read(m.t.Context(), m.deps, step); err != nil || leg.Done {
				break
			}
		}
	}
}

// endAnyhow lets the lease of a run that cannot end be over.
func (b *besieged) endAnyhow(m *machine, run string) {
	b.aws.ClearFaults()
	_, _ = distributed.Finish(b.t.Context(), m.deps, run)
	b.heal()
}

// TestWithoutTheSealAForgerySucceeds shows that the attacks are worth something: with the secret
// they delete what exists. Who breaks the check of the seal finds it here.
func TestWithoutTheSealAForgerySucceeds(t *testing.T) {
	t.Parallel()
	t.Run("a snapshot", func(t *testing.T) {
		t.Parallel()
		b := besiege(t)
		b.spoiled()
		before, name := b.holds(), "snapshots/"+member+".gz"
		b.must(os.WriteFile(b.path(name), b.sealWith(ours, name, b.forged(name)), 0o600))
		b.clean()
		if b.verdict(before) == "" {
			t.Error("it deletes nothing")
		}
	})
	t.Run("a brief", func(t *testing.T) {
		t.Parallel()
		b := besiege(t)
		m, before := &machine{world: b.world, concurrency: 2}, b.holds()
		begun, items := m.start(invocation.Request{})
		name := "work/" + begun.Run + "/brief.json.gz"
		b.must(os.WriteFile(b.path(name), b.sealWith(ours, name, b.forged(name)), 0o600))
		m.walkAll(begun.Run, items)
		_, err := distributed.Finish(t.Context(), b.deps, begun.Run)
		if b.verdict(before) == "" {
			t.Errorf("it deletes nothing: %v", err)
		}
	})
}

// TestAReplacedSecret makes the state unknown once, and the run after that knows it.
func TestAReplacedSecret(t *testing.T) {
	t.Parallel()
	b := besiege(t)
	b.deps.State = sealedBy(b.plain, "another secret")
	b.spoiled()
	before := b.holds()
	r := b.clean()
	if wrong := b.verdict(before); wrong != "" || !b.told(r, "latest.json") {
		t.Errorf("%s; said is %s", wrong, b.said)
	}
	if wrong := b.recovers("latest.json"); wrong != "" {
		t.Error(wrong)
	}
	r = b.clean()
	if r.Total.Unchanged == 0 || slices.ContainsFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return d.Code == diag.StateUnknown }) {
		t.Errorf("%d are unchanged: %+v", r.Total.Unchanged, r.Diagnostics)
	}
	b.deps.State = sealedBy(b.plain, ours)
	m := &machine{world: b.world, concurrency: 2}
	begun, items := m.start(invocation.Request{})
	other := b.deps
	other.State = sealedBy(b.plain, "a third secret")
	if _, err := distributed.Read(t.Context(), other, invocation.Step{Run: begun.Run, Batch: 0, Accounts: items[0].Accounts}); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("a step with another secret returns %v", err)
	}
}

// TestALeaseThatNeverEnds is renewed by somebody who is no run: runs are skipped, and after a day
// they fail.
func TestALeaseThatNeverEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), func(d *resync.Deps) { d.State = sealedBy(state.NewMemory(), ours) })
	_, err := state.Acquire(t.Context(), w.deps.State, state.Holder{Run: "stranger", Source: "elsewhere"}, 10*time.Minute, time.Now)
	w.must(err)
	r := w.run(invocation.Request{})
	if r.Status != report.Yielded || r.ExitCode() != 0 {
		t.Errorf("the first is %s: %s", r.Status, r.Reason)
	}
	_, version, err := w.deps.State.Get(t.Context(), "skipped.json")
	w.must(err)
	w.must(w.deps.State.Delete(t.Context(), "skipped.json", version))
	_, _, err = state.Skip(t.Context(), w.deps.State, time.Now().Add(-25*time.Hour))
	w.must(err)
	r = w.run(invocation.Request{})
	if r.Status != report.Failed || r.ExitCode() == 0 || r.Code != diag.LeaseStuck || !strings.Contains(r.Reason, "stranger") {
		t.Errorf("after a day it is %s (%s): %s", r.Status, r.Code, r.Reason)
	}
	m := &machine{world: w, concurrency: 2}
	if _, err := distributed.Begin(t.Context(), m.deps, invocation.Step{}, 2); err == nil || diag.Of(err) != diag.LeaseStuck {
		t.Errorf("the beginning of a run in steps returns %v", err)
	}
}
