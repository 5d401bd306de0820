import pytest
@pytest.mark.parametrize("n", range(30))
def test_sq(sqlite_session, n): sqlite_session.connection()
@pytest.mark.parametrize("n", range(30))
def test_pg(postgresql_app, n):
    with postgresql_app.app_context():
        from portal.extensions import db
        db.session.connection()
@pytest.mark.parametrize("n", range(30))
def test_ada(sqlite_session, n):
    from tests import people
    people.join()
