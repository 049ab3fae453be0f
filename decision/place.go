package decision

import "github.com/meshposture/meshposture/source"

// Place is where an element stands in its document. It is embedded in every element that a
// finding may point at. The zero Place, that of an element made by a program, has no position.
type Place struct {
	in   source.Locator
	path string
	lost bool // the element, or one around it, could not be read as a whole
}

// Loc is the place of a field of the element, by its path from the element, such as "reviewBy"
// or "selector.names[0]"; the empty path is the element itself.
func (p Place) Loc(field string) source.Loc { return source.At(p.in, source.Join(p.path, field)) }

// Pos is the position of a field of the element: of the field's name if it is written down,
// else of the nearest element that holds it. The position is computed from the document's text
// at each call.
func (p Place) Pos(field string) source.Pos { return p.Loc(field).Pos() }

// Path is the element's path from the root of its document, such as "exclusions[2]".
func (p Place) Path() string { return p.path }

// Faulty reports whether something in the element, or below it, could not be read and was left
// out: an unknown field, a word or a value that its field does not take. A faulty selector matches
// nothing, because what is missing might have narrowed it; a faulty condition is undecided.
func (p Place) Faulty() bool { return p.unread("") }

// unread reports whether something in the field, or the field itself, could not be read.
func (p Place) unread(field string) bool {
	doc, ok := p.in.(*document)
	return p.lost || ok && (doc.doubtful || doc.faulty[source.Join(p.path, field)])
}

// setPlace fills in the place while the document is read.
func (p *Place) setPlace(q Place) { *p = q }
