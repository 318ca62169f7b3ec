package port_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestWriters distinguishes this integration's entities, written by any version, from
// those of all others, whether Port returns the writer's mark or has to be asked for it.
func TestWriters(t *testing.T) {
	t.Parallel()
	marks := map[string]struct {
		mark, by string
		ours     bool
	}{
		"a": {"port-ocean/aws-v3/2.18.4/my-aws/exporter", "integration my-aws (aws-v3)", true},
		"b": {"port-ocean/aws-v3/9/my-aws-2/exporter", "integration my-aws-2 (aws-v3)", false},
		"c": {"port-ocean/aws-v3/9/my-aws/gitops", "integration my-aws (aws-v3, gitops)", false},
		"d": {"port-ocean/aws/9/my-aws/exporter", "integration my-aws (aws)", false},
		"e": {"curl/8.0", "curl/8.0", false},
		"f": {"port-ocean/aws-v3/9/my-aws", "integration my-aws (aws-v3)", false},
		"g": {"port-ocean/aws-v3/9/other/my-aws/exporter", "integration other (aws-v3, my-aws, exporter)", false},
		"h": {"port-ocean/aws-v3/my-aws/exporter", "integration exporter (aws-v3)", false},
	}
	for _, key := range []string{"$datasource", "datasource", "nothing"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			var all, ours []string
			for id, m := range marks {
				all = append(all, fmt.Sprintf(`{"identifier":%q,%q:%q,"createdAt":"2026-03-03T12:00:00.000Z"}`, id, key, m.mark))
				if m.ours {
					ours = append(ours, fmt.Sprintf(`{"identifier":%q}`, id))
				}
			}
			s := &script{answers: []reply{
				ok(`{"ok":true,"entities":[` + strings.Join(all, ",") + `]}`), ok(`{"ok":true,"entities":[` + strings.Join(ours, ",") + `]}`),
			}}
			got, err := client(t, s).Writers(t.Context(), "queue", []string{"a", "b", "c", "d", "e", "f", "g", "h", "absent"})
			if err != nil || len(got) != len(marks) {
				t.Fatal(got, err)
			}
			for id, m := range marks {
				w := got[id]
				by := m.by
				if key == "nothing" {
					by = "somebody else"
				}
				if w.Ours != m.ours || w.By != by || w.Created.IsZero() {
					t.Errorf("%s: %+v, want ours %v by %s", m.mark, w, m.ours, by)
				}
			}
			calls := len(s.calls)
			if want := map[bool]int{true: 2, false: 1}[key == "nothing"]; calls != want {
				t.Errorf("%d calls, want %d", calls, want)
			}
		})
	}
}
