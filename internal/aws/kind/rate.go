package kind

// Rate is how often an account may call some operations in a region, as AWS documents it: a
// bucket of tokens, of which each call takes one.
type Rate struct {
	// Service is the SDK's name of the service, "ECS".
	Service string
	// Operations share the bucket. If there are none, every operation of the service that
	// has no rate of its own does.
	Operations []string
	// PerSecond tokens are added each second, up to Burst.
	PerSecond float64
	Burst     int
	// Regions has the PerSecond of the regions in which it is different.
	Regions map[string]float64
	// Source is the URL of the page that documents the rate.
	Source string
}

// In returns the tokens that are added each second in a region.
func (r *Rate) In(region string) float64 {
	if perSecond, ok := r.Regions[region]; ok {
		return perSecond
	}
	return r.PerSecond
}
