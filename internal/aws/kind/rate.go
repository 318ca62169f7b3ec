package kind

// Rate is how often AWS lets an account call some operations in a region, as AWS
// documents it: a bucket of tokens, of which each call takes one.
type Rate struct {
	// Service is the name by which the SDK knows the service, "ECS".
	Service string
	// Operations share the bucket, by the API's names. None means every operation of
	// the service that has no rate of its own.
	Operations []string
	// PerSecond tokens are added each second, up to Burst.
	PerSecond float64
	Burst     int
	// Regions are those that have another PerSecond, by their code.
	Regions map[string]float64
	// Source is the address of the page that documents it.
	Source string
}

// In returns the tokens that are added each second in a region.
func (r *Rate) In(region string) float64 {
	if perSecond, ok := r.Regions[region]; ok {
		return perSecond
	}
	return r.PerSecond
}
