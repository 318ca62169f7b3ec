package mapping

// Shape is what an entity mapping gives, whatever the document.
type Shape struct {
	Blueprint  string // "" if an expression decides it
	Properties []string
	Relations  []string
}

// Shapes gives the shapes of the resource's entities, in the mapping's order.
func (r *Resource) Shapes() []Shape {
	shapes := make([]Shape, len(r.templates))
	for i, t := range r.templates {
		shapes[i] = Shape{Blueprint: t.fixedBlueprint(), Properties: slotNames(t.properties), Relations: slotNames(t.relations)}
	}
	return shapes
}

func slotNames(slots []*slot) []string {
	names := make([]string, len(slots))
	for i, s := range slots {
		names[i] = s.name
	}
	return names
}
