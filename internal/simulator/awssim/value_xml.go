package awssim

// itemNames says how a service's XML calls the items of a list, by the list's
// name; "" as a key is every other list. A list whose items have the name "" is
// flat: its own name is repeated and nothing is around the items.
type itemNames map[string]string

func (n itemNames) of(list string) string {
	if name, known := n[list]; known {
		return name
	}
	return n[""]
}

// appendElements appends the members of an object as XML elements.
func (n itemNames) appendElements(dst []byte, o object) []byte {
	for _, m := range o {
		dst = n.appendElement(dst, m.name, m.value)
	}
	return dst
}

func (n itemNames) appendElement(dst []byte, name string, value any) []byte {
	if value == nil {
		return dst
	}
	if list, ok := elements(value); ok {
		return n.appendList(dst, name, list)
	}
	dst = openTag(dst, name)
	if o, ok := fields(value); ok {
		dst = n.appendElements(dst, o)
	} else if text, ok := value.(string); ok {
		dst = appendText(dst, text)
	} else {
		dst = appendPlain(dst, value)
	}
	return closeTag(dst, name)
}

func (n itemNames) appendList(dst []byte, name string, list []any) []byte {
	item := n.of(name)
	if item == "" {
		for _, value := range list {
			dst = n.appendElement(dst, name, value)
		}
		return dst
	}
	dst = openTag(dst, name)
	for _, value := range list {
		dst = n.appendElement(dst, item, value)
	}
	return closeTag(dst, name)
}

func openTag(dst []byte, name string) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	return append(dst, '>')
}

func closeTag(dst []byte, name string) []byte {
	dst = append(dst, '<', '/')
	dst = append(dst, name...)
	return append(dst, '>')
}

var escapes = [256]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\r': "&#xD;", '\n': "&#xA;", '\t': "&#x9;",
}

func appendText(dst []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		if escape := escapes[text[i]]; escape != "" {
			dst = append(dst, text[from:i]...)
			dst = append(dst, escape...)
			from = i + 1
		}
	}
	return append(dst, text[from:]...)
}
