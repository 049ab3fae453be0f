package decision

// PlacesOf finds all places of a text at once; false when the text is left to yamldoc.
func PlacesOf(text []byte) (at map[string][2]int, ok bool) {
	p := placesOf(text)
	if p == nil {
		return nil, false
	}
	at = map[string][2]int{}
	for field, place := range p {
		at[field] = [2]int{place.line, place.col}
	}
	return at, true
}
