package agent

// LikeTimed is what the loop makes of a trial in place before it is judged.
var LikeTimed = likeTimed

// Timed reports whether trials in place can't tell of defects of a rule.
var Timed = timed
