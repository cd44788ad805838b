"""Our public words under a feedback: drafted, approved, published once, and verified at Wildberries.

draft → approved → publishing → sent → on_moderation → published | rejected; aside: answered_elsewhere, unknown,
failed. `gate.advance` is the only thing that changes a state. Revision 1 is the answer, revision 2 its only edit.
"""
