// How far a unit can have counted: what of its numbers is believed.

/** Numbers that may be missing between two that were heard: 2^24. A unit that sends ten messages a
 *  second has sent so many after nineteen days of driving, none of which would have been heard,
 *  without once being switched off. A number that is further ahead is no count: a bit that fell
 *  over, a counter that was never set, an identifier in its place. */
export const missingMax = 2 ** 24
