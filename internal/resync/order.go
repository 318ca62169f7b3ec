package resync

// layersOf arranges parcels so that what they point at comes in an earlier layer,
// where it is among them. Parcels that point at each other in a circle come
// together, last.
func layersOf(parcels []parcel) [][]parcel {
	waiting := make(map[string]int, len(parcels)) // identifiers not yet placed
	for _, p := range parcels {
		waiting[p.item.Key]++
	}
	var layers [][]parcel
	for len(parcels) > 0 {
		var layer, rest []parcel
		for _, p := range parcels {
			if p.waitsFor(waiting) {
				rest = append(rest, p)
			} else {
				layer = append(layer, p)
			}
		}
		if len(layer) == 0 {
			return append(layers, rest)
		}
		for _, p := range layer {
			waiting[p.item.Key]--
		}
		layers = append(layers, layer)
		parcels = rest
	}
	return layers
}

// waitsFor says whether the parcel points at another that is not yet placed.
func (p parcel) waitsFor(waiting map[string]int) bool {
	for _, target := range p.targets {
		if target != p.item.Key && waiting[target] > 0 {
			return true
		}
	}
	return false
}
