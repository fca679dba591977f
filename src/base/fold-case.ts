/** Text for telling names apart without regard to case: equal for texts that differ only by case,
 *  or by whether an accent is a sign of its own. Every store compares by this one function, because
 *  databases fold by their collation, and the plainest folds only ASCII. A letter's fold does not
 *  depend on those beside it, so parts of folded texts can be looked for. */
export const foldCase = (text: string): string => text.toLowerCase().toUpperCase().normalize('NFC')
