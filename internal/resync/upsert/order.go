package upsert

// layersOf arranges entities so that what they point at comes in an earlier layer,
// where it is among them. Entities that point at each other in a circle come
// together, last.
func layersOf(entities []*Entity) [][]*Entity {
	waiting := make(map[string]int, len(entities)) // identifiers not yet placed
	for _, e := range entities {
		waiting[e.Key]++
	}
	var layers [][]*Entity
	for len(entities) > 0 {
		var layer, rest []*Entity
		for _, e := range entities {
			if e.waitsFor(waiting) {
				rest = append(rest, e)
			} else {
				layer = append(layer, e)
			}
		}
		if len(layer) == 0 {
			return append(layers, rest)
		}
		for _, e := range layer {
			waiting[e.Key]--
		}
		layers = append(layers, layer)
		entities = rest
	}
	return layers
}

// waitsFor says whether the entity points at another that is not yet placed.
func (e *Entity) waitsFor(waiting map[string]int) bool {
	for _, target := range e.Targets {
		if target != e.Key && waiting[target] > 0 {
			return true
		}
	}
	return false
}
