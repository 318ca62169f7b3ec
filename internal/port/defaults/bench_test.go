package defaults_test

import (
	"testing"
)

// BenchmarkDefaults maps a document of each kind as the default mapping does, to the
// body that Port is sent.
func BenchmarkDefaults(b *testing.B) {
	byKind, documents := resources(b), estate(b)
	var body []byte
	mapped := 0
	b.ReportAllocs()
	for b.Loop() {
		for _, document := range documents {
			resource := byKind[document["Type"].(string)]
			result := resource.Map(b.Context(), document)
			for i := range result.Entities {
				body = result.Entities[i].AppendJSON(body[:0])
				mapped++
			}
		}
	}
	if mapped < b.N*len(documents)/2 {
		b.Fatalf("%d entities of %d documents", mapped, b.N*len(documents))
	}
	b.ReportMetric(float64(b.N*len(documents))/b.Elapsed().Seconds(), "documents/s")
	b.ReportMetric(float64(len(documents)), "documents/op")
}
