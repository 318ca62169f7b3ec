package state_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// A process with this variable is not a test, but a run that writes snapshots until it is
// killed.
const victimVariable = "TEST_OF_STATE_VICTIM"

// victim is a run, the nth, that writes into a store.
type victim struct {
	Setting, Endpoint string
	Nth               int
}

func TestMain(m *testing.M) {
	if text := os.Getenv(victimVariable); text != "" {
		var v victim
		err := json.Unmarshal([]byte(text), &v)
		if err == nil {
			err = v.write(context.Background())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func (v victim) store() (state.Store, error) {
	config := aws.Config{}
	if v.Endpoint != "" {
		config = configAt(v.Endpoint)
	}
	return state.Open(v.Setting, config)
}

// write saves one snapshot after another, each with its number, and says so when it is
// there. The lease of the victim before has run out by the clock of this one.
func (v victim) write(ctx context.Context) error {
	store, err := v.store()
	if err != nil {
		return err
	}
	clock := func() time.Time { return noon.Add(time.Duration(v.Nth) * (ttl + state.Skew)) }
	lease, err := state.Acquire(ctx, store, holder(strconv.Itoa(v.Nth)), ttl, clock)
	if err != nil {
		return err
	}
	snapshots, history := snapshot.NewSet(store, lease), state.NewHistory(store, 0)
	for number := v.Nth * 1_000_000; ; number++ {
		head := snapshot.Header{Account: accountID, Run: strconv.Itoa(number), Started: noon, Ended: noon}
		whole, err := snapshot.New(head, slices.Values(numbered(number)))
		if err != nil {
			return err
		}
		if err := snapshots.Save(ctx, whole); err != nil {
			return err
		}
		fmt.Println(number)
		if err := history.SaveLast(ctx, lease, state.Last{Run: head.Run, Ended: clock()}); err != nil {
			return err
		}
		if err := lease.Renew(ctx); err != nil {
			return err
		}
	}
}

// numbered returns entries that all carry a number, which also says how many they are.
func numbered(number int) []snapshot.Entry {
	entries := make([]snapshot.Entry, 500+number%100)
	for i := range entries {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		entries[i] = snapshot.Entry{
			Blueprint: "sqsQueue", Identifier: fmt.Sprintf("arn:aws:sqs:eu-west-1:%s:%07d-%x", accountID, i, sum[20:24]),
			Region: "eu-west-1", Kind: "AWS::SQS::Queue", Content: entity.Content{Hash: entity.Hash(sum[:16])}, Seen: noon, Written: noon, Absences: number,
		}
	}
	return entries
}

func TestKilledRunsLeaveAWholeState(t *testing.T) {
	t.Parallel()
	const kills = 25
	for name, place := range map[string]func(t *testing.T) victim{
		"folder": func(t *testing.T) victim { return victim{Setting: filepath.Join(t.TempDir(), "state")} },
		"S3": func(t *testing.T) victim {
			server := httptest.NewServer(newFakeS3())
			t.Cleanup(server.Close)
			return victim{Setting: "s3://state/prefix", Endpoint: server.URL}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := place(t)
			store, err := v.store()
			if err != nil {
				t.Fatal(err)
			}
			written := 0
			for v.Nth = 1; v.Nth <= kills; v.Nth++ {
				last := v.kill(t)
				check(t, store, last)
				written += last - v.Nth*1_000_000 + 1
			}
			t.Logf("%d snapshots in %d runs that were killed", written, kills)
		})
	}
}

// kill starts the victim and kills it at some moment after its first snapshot. It returns
// the number of the last snapshot that the victim reported as written.
func (v victim) kill(t *testing.T) (last int) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), victimVariable+"="+string(text))
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("victim %d has written nothing: %v", v.Nth, command.Wait())
	}
	last, _ = strconv.Atoi(lines.Text())
	moment := time.AfterFunc(rand.N(15*time.Millisecond), func() { _ = command.Process.Kill() })
	defer moment.Stop()
	for lines.Scan() {
		last, _ = strconv.Atoi(lines.Text())
	}
	_ = command.Wait() // it was killed
	return last
}

// check wants the snapshot with the number, or the next, which was there already when
// the victim could no longer say so.
func check(t *testing.T, store state.Store, last int) {
	t.Helper()
	left, err := snapshot.NewSet(store, nil).Load(t.Context(), accountID)
	if err != nil {
		t.Fatal(err)
	}
	number, _ := strconv.Atoi(left.Header.Run)
	if number != last && number != last+1 {
		t.Fatalf("snapshot %d is there, and %d was written", number, last)
	}
	if got, want := slices.Collect(left.All()), numbered(number); !slices.Equal(got, want) {
		t.Fatalf("snapshot %d has %d entries, want %d", number, len(got), len(want))
	}
	if run, err := state.NewHistory(store, 0).Last(t.Context()); err != nil && last%1_000_000 > 0 {
		t.Fatalf("the last run is %+v, %v", run, err)
	}
}
