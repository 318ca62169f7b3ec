package mapping

// Shape is what an entity mapping gives, whatever the document.
type Shape struct {
	Blueprint  string // "" if an expression decides it
	Properties []string
	Relations  []string
}

// Shapes returns the shapes of the resource's entities, in the mapping's order.
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

// Expressions returns the expressions that fill a field, as they are written, by the field's
// name in an entity: title, icon, team, properties.x, relations.x. A field of several
// entity mappings has several.
func (r *Resource) Expressions() map[string][]string {
	texts := make(map[string][]string)
	add := func(name string, s *slot) {
		if s != nil {
			texts[name] = append(texts[name], s.text)
		}
	}
	for _, t := range r.templates {
		add("title", t.title)
		add("icon", t.icon)
		add("team", t.team)
		for _, s := range t.properties {
			add("properties."+s.name, s)
		}
		for _, s := range t.relations {
			add("relations."+s.name, s)
		}
	}
	return texts
}
