package preview

// An Inventory is what a visitor can read, see and use at one view. The gate
// compares two of them: whatever was there before a repair must be there after.
type Inventory struct {
	View  string // View.Name
	Items []Item
	// DocWidth and DocHeight are the size of the scrollable document in CSS px.
	DocWidth, DocHeight float64
	// CanZoom is false when the page forbids pinch zoom.
	CanZoom bool
}

// ItemKind is what sort of thing an Item is.
type ItemKind string

// The kinds of things that a repair must keep.
const (
	ItemText       ItemKind = "text"       // a run of visible text in one element
	ItemPicture    ItemKind = "picture"    // img, svg, video, canvas, iframe
	ItemBackground ItemKind = "background" // a painted background picture
	ItemControl    ItemKind = "control"    // something to click, type into or choose
	ItemBox        ItemKind = "box"        // an element with a painted background, border or shadow
)

// An Item is one thing that a visitor can read, see or use.
type Item struct {
	Kind  ItemKind `json:"kind"`
	XPath string   `json:"xpath"`
	Role  string   `json:"role"` // ARIA role of a control, else ""
	Name  string   `json:"name"` // the text, the accessible name or the picture's address
	Box   Box      `json:"box"`
	// FontSize is the computed font size of text, in CSS px.
	FontSize float64 `json:"fontSize"`
	// Ratio is width / height as painted relative to the natural ratio of a
	// picture, 1 when undistorted, 0 when there is none.
	Ratio float64 `json:"ratio"`
	// Visible says that some of it is painted where a visitor can scroll to.
	Visible bool `json:"visible"`
	// Shown is the part of its area that is neither clipped nor out of reach,
	// 0 to 1.
	Shown float64 `json:"shown"`
	// Hittable says that a click at its middle reaches it.
	Hittable bool `json:"hittable"`
}
